#include "daemon/config/calendar/event.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "daemon/config/calendar/ical.h"
#include "daemon/config/calendar/recurrence.h"
#include "metrics/excerpt.h"

namespace tided::config {
namespace {

constexpr std::size_t longest_told = 120;

tl::unexpected<Error> broken(std::string why) {
    return fail(ErrorCode::invalid_input, std::move(why));
}

std::string zone_of(icalproperty* property, const icaltimetype& time) {
    if (icaltime_is_utc(time) != 0) {
        return "UTC";
    }
    icalparameter* zone = icalproperty_get_first_parameter(property, ICAL_TZID_PARAMETER);
    return zone == nullptr || time.is_date != 0 ? "" : text_of(icalparameter_get_tzid(zone));
}

Result<CalendarTime> time_of(icalproperty* property, const icaltimetype& time) {
    const std::optional<LocalTime> local = from_ical(time);
    if (!local) {
        return broken(text_of(icalproperty_get_property_name(property)) +
                      " is no date that exists");
    }
    return CalendarTime{
        .local = *local, .zone = zone_of(property, time), .is_date = time.is_date != 0};
}

Result<CalendarLength> length_of(const icaldurationtype& duration) {
    using namespace std::chrono;
    if (icaldurationtype_is_bad_duration(duration) != 0 || duration.is_neg != 0) {
        return broken("DURATION must not be negative");
    }
    constexpr unsigned most_days = 3660;
    if (duration.days > most_days || duration.weeks > most_days / 7) {
        return broken("DURATION is longer than ten years");
    }
    return CalendarLength{
        .days = static_cast<int>(duration.days + 7 * duration.weeks),
        .exact = hours{duration.hours} + minutes{duration.minutes} + seconds{duration.seconds}};
}

Result<CalendarStart> added_start(icalproperty* property) {
    const icaldatetimeperiodtype added = icalproperty_get_rdate(property);
    if (!icaltime_is_null_time(added.time)) {
        return time_of(property, added.time).map([](CalendarTime at) {
            return CalendarStart{.at = std::move(at)};
        });
    }
    Result<CalendarTime> at = time_of(property, added.period.start);
    if (!at) {
        return fail(std::move(at).error());
    }
    CalendarStart start{.at = *std::move(at)};
    if (icaltime_is_null_time(added.period.end)) {
        Result<CalendarLength> length = length_of(added.period.duration);
        if (!length) {
            return fail(std::move(length).error());
        }
        start.length = *std::move(length);
        return start;
    }
    Result<CalendarTime> end = time_of(property, added.period.end);
    if (!end) {
        return fail(std::move(end).error());
    }
    start.length = CalendarLength{.end = *std::move(end)};
    return start;
}

template <typename T, typename Take>
Status take(Result<T> value, const Take& into) {
    if (!value) {
        return fail(std::move(value).error());
    }
    into(*std::move(value));
    return {};
}

Status take_rule(icalproperty* property, CalendarEvent& event) {
    event.rules.push_back(value_of(property));
    return check_recurrence(event.rules.back());
}

Status take_replaced(icalproperty* property, CalendarEvent& event) {
    if (icalproperty_get_first_parameter(property, ICAL_RANGE_PARAMETER) != nullptr) {
        return broken("RECURRENCE-ID with RANGE=THISANDFUTURE is not supported");
    }
    return take(time_of(property, icalproperty_get_recurrenceid(property)),
                [&](CalendarTime at) { event.replaces = std::move(at); });
}

Status take_property(icalproperty* property, CalendarEvent& event) {
    const icalproperty_kind kind = icalproperty_isa(property);
    switch (kind) {
        case ICAL_UID_PROPERTY:
            event.uid = text_of(icalproperty_get_uid(property));
            return {};
        case ICAL_SUMMARY_PROPERTY:
            event.summary = text_of(icalproperty_get_summary(property));
            return {};
        case ICAL_CATEGORIES_PROPERTY:
            event.categories += (event.categories.empty() ? "" : ",") +
                                text_of(icalproperty_get_categories(property));
            return {};
        case ICAL_STATUS_PROPERTY:
            event.is_cancelled = icalproperty_get_status(property) == ICAL_STATUS_CANCELLED;
            return {};
        case ICAL_DTSTART_PROPERTY:
            return take(time_of(property, icalproperty_get_dtstart(property)),
                        [&](CalendarTime at) { event.start = std::move(at); });
        case ICAL_DTEND_PROPERTY:
            return take(time_of(property, icalproperty_get_dtend(property)), [&](CalendarTime at) {
                event.length = CalendarLength{.end = std::move(at)};
            });
        case ICAL_DURATION_PROPERTY:
            return take(length_of(icalproperty_get_duration(property)),
                        [&](CalendarLength length) { event.length = std::move(length); });
        case ICAL_RRULE_PROPERTY:
            return take_rule(property, event);
        case ICAL_RDATE_PROPERTY:
            return take(added_start(property),
                        [&](CalendarStart start) { event.added.push_back(std::move(start)); });
        case ICAL_EXDATE_PROPERTY:
            return take(time_of(property, icalproperty_get_exdate(property)),
                        [&](CalendarTime at) { event.removed.push_back(std::move(at)); });
        case ICAL_RECURRENCEID_PROPERTY:
            return take_replaced(property, event);
        case ICAL_XLICERROR_PROPERTY:
            return check_parsed(property);
        default:
            return {};
    }
}

}  // namespace

Status check_parsed(icalproperty* property) {
    static constexpr std::array<std::string_view, 9> read_here{"DTSTART",
                                                               "DTEND",
                                                               "DURATION",
                                                               "RRULE",
                                                               "RDATE",
                                                               "EXDATE",
                                                               "RECURRENCE-ID",
                                                               "TZOFFSETFROM",
                                                               "TZOFFSETTO"};
    std::string message = text_of(icalproperty_get_xlicerror(property));
    const std::size_t in = message.find(" in ");
    const bool is_of_property = message.find(" property. ") != std::string::npos;
    const bool matters = std::ranges::any_of(read_here, [&](std::string_view name) {
        return in != std::string::npos && message.compare(in + 4, name.size(), name) == 0;
    });
    if (is_of_property && !matters) {
        return {};
    }
    constexpr std::string_view chatter = ". Removing entire property";
    if (const std::size_t at = message.find(chatter); at != std::string::npos) {
        message.erase(at, chatter.size());
    }
    return broken(metrics::excerpt(message, longest_told));
}

Result<CalendarEvent> read_event(icalcomponent* component) {
    CalendarEvent event;
    bool has_start = false;
    Status status = for_each_property(component, [&](icalproperty* property) {
        has_start = has_start || icalproperty_isa(property) == ICAL_DTSTART_PROPERTY;
        return take_property(property, event);
    });
    if (status && !has_start) {
        status = broken("it has no DTSTART");
    }
    if (!status) {
        return broken("event " + event_name(event) + ": " + status.error().message);
    }
    return event;
}

}  // namespace tided::config
