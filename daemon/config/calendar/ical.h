// libical as values of ours: times, text, and loops over what it has parsed.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <libical/ical.h>

#include "daemon/config/zone.h"
#include "policy/vocab/result.h"

namespace tided::config {

/// Without its zone. Nothing for the 31st of February and its like.
[[nodiscard]] inline std::optional<LocalTime> from_ical(const icaltimetype& time) {
    using namespace std::chrono;
    const year_month_day date{year{time.year},
                              month{static_cast<unsigned>(time.month)},
                              day{static_cast<unsigned>(time.day)}};
    const bool is_time = time.hour >= 0 && time.hour < 24 && time.minute >= 0 && time.minute < 60 &&
                         time.second >= 0 && time.second <= 60;
    if (!date.ok() || date.year() < year{1} || !is_time) {
        return std::nullopt;
    }
    const LocalTime midnight = local_days{date};
    return time.is_date != 0
               ? midnight
               : midnight + hours{time.hour} + minutes{time.minute} + seconds{time.second};
}

/// A date and time without a zone.
[[nodiscard]] inline icaltimetype to_ical(LocalTime local) {
    using namespace std::chrono;
    const auto day = floor<days>(local);
    const year_month_day date{day};
    const hh_mm_ss time{floor<seconds>(local - day)};
    icaltimetype out = icaltime_null_time();
    out.year = int{date.year()};
    out.month = static_cast<int>(unsigned{date.month()});
    out.day = static_cast<int>(unsigned{date.day()});
    out.hour = static_cast<int>(time.hours().count());
    out.minute = static_cast<int>(time.minutes().count());
    out.second = static_cast<int>(time.seconds().count());
    return out;
}

[[nodiscard]] inline std::string text_of(const char* text) {
    return text == nullptr ? std::string{} : std::string{text};
}

/// The value as it stands in the file.
[[nodiscard]] inline std::string value_of(icalproperty* property) {
    char* const text = icalproperty_get_value_as_string_r(property);
    std::string value = text_of(text);
    icalmemory_free_buffer(text);
    return value;
}

struct ComponentEnd {
    void operator()(icalcomponent* component) const { icalcomponent_free(component); }
};
using Owned = std::unique_ptr<icalcomponent, ComponentEnd>;

/// Calls `use` for each property until one fails.
template <typename Use>
Status for_each_property(icalcomponent* component, const Use& use) {
    for (icalproperty* property = icalcomponent_get_first_property(component, ICAL_ANY_PROPERTY);
         property != nullptr;
         property = icalcomponent_get_next_property(component, ICAL_ANY_PROPERTY)) {
        if (Status status = use(property); !status) {
            return status;
        }
    }
    return {};
}

/// Calls `use` for each component of `kind` within `root`, until one fails; several VCALENDARs may
/// stand in one file, under libical's XROOT.
template <typename Use>
Status for_each_component(icalcomponent* root, icalcomponent_kind kind, const Use& use) {
    for (icalcomponent* part = icalcomponent_get_first_component(root, ICAL_ANY_COMPONENT);
         part != nullptr;
         part = icalcomponent_get_next_component(root, ICAL_ANY_COMPONENT)) {
        Status status;
        if (icalcomponent_isa(part) == kind) {
            status = use(part);
        } else if (icalcomponent_isa(part) == ICAL_VCALENDAR_COMPONENT) {
            status = for_each_component(part, kind, use);
        }
        if (!status) {
            return status;
        }
    }
    return {};
}

}  // namespace tided::config
