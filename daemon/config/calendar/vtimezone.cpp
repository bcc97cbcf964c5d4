#include "daemon/config/calendar/vtimezone.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <vector>

#include "daemon/config/calendar/event.h"
#include "daemon/config/calendar/ical.h"
#include "metrics/excerpt.h"

namespace tided::config {
namespace {

using std::chrono::seconds;

constexpr LocalTime horizon = std::chrono::local_days{std::chrono::year{2100} / 1 / 1};

/// A STANDARD or DAYLIGHT part.
struct Observance {
    std::optional<LocalTime> start{};
    std::vector<LocalTime> added{};
    std::vector<std::string> rules{};
    std::optional<seconds> before{};
    std::optional<seconds> after{};
};

Status take(icalproperty* property, Observance& part) {
    switch (icalproperty_isa(property)) {
        case ICAL_DTSTART_PROPERTY:
            part.start = from_ical(icalproperty_get_dtstart(property));
            return {};
        case ICAL_RDATE_PROPERTY:
            if (const auto at = from_ical(icalproperty_get_rdate(property).time)) {
                part.added.push_back(*at);
            }
            return {};
        case ICAL_RRULE_PROPERTY:
            part.rules.push_back(value_of(property));
            return {};
        case ICAL_TZOFFSETFROM_PROPERTY:
            part.before = seconds{icalproperty_get_tzoffsetfrom(property)};
            return {};
        case ICAL_TZOFFSETTO_PROPERTY:
            part.after = seconds{icalproperty_get_tzoffsetto(property)};
            return {};
        case ICAL_XLICERROR_PROPERTY:
            return check_parsed(property);
        default:
            return {};
    }
}

/// A change of the clock, and what it was before.
struct Change {
    Zone::Offset to{};
    seconds before{};
};

Status add_changes(icalcomponent* component, Effort& effort, std::vector<Change>& changes) {
    Observance part;
    if (Status status = for_each_property(
            component, [&](icalproperty* property) { return take(property, part); });
        !status) {
        return status;
    }
    if (!part.start || !part.before || !part.after) {
        return fail(ErrorCode::invalid_input, "a part lacks DTSTART, TZOFFSETFROM or TZOFFSETTO");
    }
    std::vector<LocalTime> starts = std::move(part.added);
    starts.push_back(*part.start);
    const Zone before{{{.offset = *part.before}}};
    for (const std::string& rule : part.rules) {
        const auto more =
            recurrences(rule, *part.start, {.from = *part.start, .until = horizon}, before, effort);
        if (!more) {
            return fail(more.error());
        }
        starts.insert(starts.end(), more->begin(), more->end());
    }
    for (const LocalTime start : starts) {
        changes.push_back({.to = {.since = before.instant_of(start), .offset = *part.after},
                           .before = *part.before});
    }
    return {};
}

Zone zone_of(std::vector<Change> changes) {
    std::ranges::stable_sort(changes, {}, [](const Change& change) { return change.to.since; });
    std::vector<Zone::Offset> offsets{{.since = TimePoint::min(), .offset = changes[0].before}};
    for (const Change& change : changes) {
        if (change.to.offset != offsets.back().offset) {
            offsets.push_back(change.to);
        }
    }
    return Zone{std::move(offsets)};
}

}  // namespace

Result<std::pair<std::string, Zone>> read_zone(icalcomponent* component, Effort& effort) {
    std::string name;
    Status status = for_each_property(component, [&](icalproperty* property) {
        if (icalproperty_isa(property) == ICAL_TZID_PROPERTY) {
            name = text_of(icalproperty_get_tzid(property));
        }
        return Status{};
    });
    std::vector<Change> changes;
    for (const icalcomponent_kind kind : {ICAL_XSTANDARD_COMPONENT, ICAL_XDAYLIGHT_COMPONENT}) {
        if (status) {
            status = for_each_component(component, kind, [&](icalcomponent* part) {
                return add_changes(part, effort, changes);
            });
        }
    }
    if (status && changes.empty()) {
        status = fail(ErrorCode::invalid_input, "it has neither STANDARD nor DAYLIGHT");
    }
    if (!status) {
        return fail(ErrorCode::invalid_input,
                    "VTIMEZONE '" + metrics::excerpt(name, 60) + "': " + status.error().message);
    }
    return std::pair{std::move(name), zone_of(std::move(changes))};
}

}  // namespace tided::config
