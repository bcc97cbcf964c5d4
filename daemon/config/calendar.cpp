#include "daemon/config/calendar.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "daemon/config/calendar/event.h"
#include "daemon/config/calendar/frame.h"
#include "daemon/config/calendar/ical.h"
#include "daemon/config/calendar/vtimezone.h"
#include "metrics/excerpt.h"

namespace tided::config {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

template <typename T>
Status keep(Result<T> read, const auto& into) {
    if (!read) {
        return fail(std::move(read).error());
    }
    into(*std::move(read));
    return {};
}

Status read_into(icalcomponent* root, Calendar& calendar) {
    Effort effort;
    Status zones = for_each_component(root, ICAL_VTIMEZONE_COMPONENT, [&](icalcomponent* part) {
        return keep(read_zone(part, effort), [&](std::pair<std::string, Zone> zone) {
            calendar.zones.insert(std::move(zone));
        });
    });
    if (!zones) {
        return zones;
    }
    return for_each_component(root, ICAL_VEVENT_COMPONENT, [&](icalcomponent* part) {
        return keep(read_event(part),
                    [&](CalendarEvent event) { calendar.events.push_back(std::move(event)); });
    });
}

/// What stands outside of events and zones.
Status check_outside(icalcomponent* root) {
    const auto check = [](icalcomponent* part) {
        return for_each_property(part, [](icalproperty* property) {
            return icalproperty_isa(property) == ICAL_XLICERROR_PROPERTY ? check_parsed(property)
                                                                         : Status{};
        });
    };
    return icalcomponent_isa(root) == ICAL_VCALENDAR_COMPONENT
               ? check(root)
               : for_each_component(root, ICAL_VCALENDAR_COMPONENT, check);
}

bool has_part(std::string_view text, std::string_view part) {
    const auto same = [](unsigned char a, unsigned char b) {
        return std::tolower(a) == std::tolower(b);
    };
    return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

}  // namespace

Result<Calendar> read_calendar(std::string_view text) {
    if (text.starts_with(byte_order_mark)) {
        text.remove_prefix(byte_order_mark.size());
    }
    if (Status status = check_frame(text); !status) {
        return fail(std::move(status).error());
    }
    icalerror_set_errors_are_fatal(0);
    const Owned root{icalparser_parse_string(std::string{text}.c_str())};
    Calendar calendar;
    Status status = root ? check_outside(root.get())
                         : Status{fail(ErrorCode::invalid_input, "it is no iCalendar file")};
    if (status) {
        status = read_into(root.get(), calendar);
    }
    if (!status) {
        return fail(std::move(status).error());
    }
    return calendar;
}

std::string event_name(const CalendarEvent& event) {
    constexpr std::size_t longest = 60;
    const std::string& name = event.summary.empty() ? event.uid : event.summary;
    return '\'' + metrics::excerpt(name, longest) + '\'';
}

bool matches(const CalendarEvent& event, std::string_view match) {
    return match.empty() || has_part(event.summary, match) || has_part(event.categories, match);
}

}  // namespace tided::config
