#include "daemon/config/calendar/occurrences.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "metrics/excerpt.h"

namespace tided::config {
namespace {

using std::chrono::days;

/// Times without a zone of their own, by their beginning and in order.
class Expander {
public:
    Expander(const Calendar& calendar, const View& view, Effort& effort)
        : calendar_{calendar}, view_{view}, effort_{effort}, first_{first_year(calendar, view)} {}

    Status expand(const CalendarEvent& event, std::vector<Occurrence>& out);
    /// What other events replace of this one's series.
    Status note_replaced(const CalendarEvent& event);

private:
    struct Removed {
        std::set<TimePoint> instants{};
        std::set<std::chrono::local_days> days{};
    };

    static TimePoint first_year(const Calendar& calendar, const View& view);
    Result<const Zone*> zone_called(const std::string& name);
    Result<const Zone*> own_or_system_zone(const std::string& name);
    Result<TimePoint> instant_of(const CalendarTime& time);
    Result<TimePoint> end_of(const CalendarStart& start, const CalendarEvent& event);
    Result<std::vector<CalendarStart>> starts_of(const CalendarEvent& event);
    Status add(const CalendarStart& start,
               const CalendarEvent& event,
               const Removed& removed,
               std::vector<Occurrence>& out);
    Result<Removed> removed_of(const CalendarEvent& event);

    const Calendar& calendar_;
    const View& view_;
    Effort& effort_;
    TimePoint first_;  ///< the earliest instant that zones must know
    std::map<std::string, Zone> zones_{};
    std::set<std::pair<std::string, TimePoint>> replaced_{};
};

TimePoint Expander::first_year(const Calendar& calendar, const View& view) {
    TimePoint first = view.from;
    for (const CalendarEvent& event : calendar.events) {
        first = std::min(first, TimePoint{event.start.local.time_since_epoch()});
    }
    return std::max(first, TimePoint{});
}

/// As it is written, then without a vendor's prefix: "/mozilla.org/2005/Europe/Paris".
Result<const Zone*> Expander::own_or_system_zone(const std::string& name) {
    for (std::size_t at = 0; at != std::string::npos; at = name.find('/', at + 1)) {
        const std::string tail = name.substr(at == 0 && !name.starts_with('/') ? 0 : at + 1);
        const Result<bool> known = is_zone(tail);
        if (!known) {
            return fail(known.error());
        }
        if (*known) {
            Result<Zone> zone = zone_between(tail, first_, view_.until);
            if (!zone) {
                return fail(std::move(zone).error());
            }
            return &zones_.emplace(name, *std::move(zone)).first->second;
        }
    }
    const auto own = calendar_.zones.find(name);
    if (own == calendar_.zones.end()) {
        return fail(ErrorCode::invalid_input,
                    "neither the file nor the system knows the time zone '" +
                        metrics::excerpt(name, 60) + '\'');
    }
    return &own->second;
}

Result<const Zone*> Expander::zone_called(const std::string& name) {
    const std::string& meant = name.empty() ? view_.zone : name;
    const auto known = zones_.find(meant);
    return known != zones_.end() ? Result<const Zone*>{&known->second} : own_or_system_zone(meant);
}

Result<TimePoint> Expander::instant_of(const CalendarTime& time) {
    return zone_called(time.zone).map(
        [&](const Zone* zone) { return zone->instant_of(time.local); });
}

/// Whole days end with the day. DTEND says how long by the clock, DURATION by calendar and clock.
Result<TimePoint> Expander::end_of(const CalendarStart& start, const CalendarEvent& event) {
    const std::optional<CalendarLength>& length = start.length ? start.length : event.length;
    CalendarTime end = start.at;
    if (!length) {
        end.local += start.at.is_date ? days{1} : days{0};
        return instant_of(end);
    }
    if (!length->end) {
        end.local += days{length->days};
        return instant_of(end).map([&](TimePoint at) { return at + length->exact; });
    }
    const CalendarTime& first = start.length ? start.at : event.start;
    if (length->end->is_date && first.is_date) {
        end.local += length->end->local - first.local;
        return instant_of(end);
    }
    const auto begin = instant_of(start.at);
    const auto from = instant_of(first);
    const auto to = instant_of(*length->end);
    if (!begin || !from || !to) {
        return fail(!begin ? begin.error() : !from ? from.error() : to.error());
    }
    return *begin + (*to - *from);
}

Result<std::vector<CalendarStart>> Expander::starts_of(const CalendarEvent& event) {
    std::vector<CalendarStart> starts = event.added;
    if (event.rules.empty()) {
        starts.push_back({.at = event.start});
        return starts;
    }
    const auto zone = zone_called(event.start.zone);
    const auto begin = instant_of(event.start);
    const auto end = end_of({.at = event.start}, event);
    if (!zone || !begin || !end) {
        return fail(!zone ? zone.error() : !begin ? begin.error() : end.error());
    }
    const Stretch stretch{.from = (*zone)->local_at(view_.from - (*end - *begin)) - days{1},
                          .until = (*zone)->local_at(view_.until)};
    for (const std::string& rule : event.rules) {
        const auto times = recurrences(rule, event.start.local, stretch, **zone, effort_);
        if (!times) {
            return fail(times.error());
        }
        for (const LocalTime time : *times) {
            CalendarTime at = event.start;
            at.local = time;
            starts.push_back({.at = std::move(at)});
        }
    }
    return starts;
}

/// EXDATE, as instants and as days.
Result<Expander::Removed> Expander::removed_of(const CalendarEvent& event) {
    Removed removed;
    for (const CalendarTime& time : event.removed) {
        if (time.is_date) {
            removed.days.insert(std::chrono::floor<days>(time.local));
            continue;
        }
        const auto at = instant_of(time);
        if (!at) {
            return fail(at.error());
        }
        removed.instants.insert(*at);
    }
    return removed;
}

Status Expander::add(const CalendarStart& start,
                     const CalendarEvent& event,
                     const Removed& removed,
                     std::vector<Occurrence>& out) {
    const auto from = instant_of(start.at);
    const auto to = end_of(start, event);
    if (!from || !to) {
        return fail(!from ? from.error() : to.error());
    }
    if (*to < *from) {
        return fail(ErrorCode::invalid_input, "it ends before it begins");
    }
    const bool is_within = *from < view_.until && (*to > view_.from || *from >= view_.from);
    if (!is_within) {
        return {};
    }
    if (!removed.instants.contains(*from) &&
        !removed.days.contains(std::chrono::floor<days>(start.at.local)) &&
        (event.replaces || !replaced_.contains({event.uid, *from}))) {
        out.push_back({.window = {*from, *to}, .event = &event});
    }
    return {};
}

Status Expander::note_replaced(const CalendarEvent& event) {
    if (!event.replaces) {
        return {};
    }
    const auto at = instant_of(*event.replaces);
    if (!at) {
        return fail(at.error());
    }
    replaced_.emplace(event.uid, *at);
    return {};
}

Status Expander::expand(const CalendarEvent& event, std::vector<Occurrence>& out) {
    if (event.is_cancelled) {
        return {};
    }
    const auto starts = starts_of(event);
    const auto removed = removed_of(event);
    if (!starts || !removed) {
        return fail(!starts ? starts.error() : removed.error());
    }
    for (const CalendarStart& start : *starts) {
        if (Status status = add(start, event, *removed, out); !status) {
            return status;
        }
    }
    return {};
}

tl::unexpected<Error> of_event(const CalendarEvent& event, const Error& error) {
    return fail(ErrorCode::invalid_input, "event " + event_name(event) + ": " + error.message);
}

}  // namespace

Result<std::vector<Occurrence>> occurrences(const Calendar& calendar,
                                            const View& view,
                                            Effort& effort) {
    Expander expander{calendar, view, effort};
    for (const CalendarEvent& event : calendar.events) {
        if (Status status = expander.note_replaced(event); !status) {
            return of_event(event, status.error());
        }
    }
    std::vector<Occurrence> out;
    for (const CalendarEvent& event : calendar.events) {
        if (!matches(event, view.match)) {
            continue;
        }
        if (Status status = expander.expand(event, out); !status) {
            return of_event(event, status.error());
        }
    }
    std::ranges::stable_sort(out, {}, &Occurrence::window);
    return out;
}

}  // namespace tided::config
