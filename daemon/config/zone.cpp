#include "daemon/config/zone.h"

#include <algorithm>
#include <exception>
#include <iterator>

#include <date/tz.h>

namespace tided::config {
namespace {

constexpr auto margin = std::chrono::hours{72};  // more than any local time differs from UTC

tl::unexpected<Error> no_zones(const std::exception& problem) {
    return fail(ErrorCode::invalid_input,
                std::string{"the system's time zones cannot be read: "} + problem.what());
}

/// Null when there is none of that name. Throws what date throws.
const date::time_zone* find_zone(const std::string& name) {
    const auto& zones = date::get_tzdb().zones;
    const auto at = std::lower_bound(
        zones.begin(), zones.end(), name, [](const date::time_zone& zone, const std::string& text) {
            return zone.name() < text;
        });
    return at != zones.end() && at->name() == name ? &*at : nullptr;
}

std::vector<Zone::Offset> offsets_of(const date::time_zone& zone, TimePoint from, TimePoint until) {
    std::vector<Zone::Offset> offsets;
    auto at = std::chrono::floor<std::chrono::seconds>(from - margin);
    while (at < until + margin) {
        const date::sys_info info = zone.get_info(at);
        if (offsets.empty() || offsets.back().offset != info.offset) {
            offsets.push_back({.since = at, .offset = info.offset});
        }
        if (info.end <= at) {
            break;
        }
        at = info.end;
    }
    return offsets;
}

}  // namespace

LocalTime Zone::local_at(TimePoint at) const {
    const auto after = std::ranges::upper_bound(offsets_, at, {}, &Offset::since);
    const Offset& held = after == offsets_.begin() ? *after : *std::prev(after);
    return LocalTime{at.time_since_epoch() + held.offset};
}

/// The first stretch whose local end is past `local` has it, or begins behind a gap that has it.
TimePoint Zone::instant_of(LocalTime local) const {
    const auto naive = TimePoint{local.time_since_epoch()};
    for (std::size_t i = 0; i + 1 < offsets_.size(); ++i) {
        if (naive < offsets_[i + 1].since + offsets_[i].offset) {
            const TimePoint at = naive - offsets_[i].offset;
            return i == 0 ? at : std::max(at, offsets_[i].since);
        }
    }
    const TimePoint at = naive - offsets_.back().offset;
    return offsets_.size() == 1 ? at : std::max(at, offsets_.back().since);
}

Result<bool> is_zone(const std::string& name) {
    try {
        return name == "UTC" || find_zone(name) != nullptr;
    } catch (const std::exception& problem) {
        return no_zones(problem);
    }
}

std::vector<std::string_view> zone_names() {
    std::vector<std::string_view> names;
    try {
        for (const date::time_zone& zone : date::get_tzdb().zones) {
            names.emplace_back(zone.name());
        }
    } catch (const std::exception&) {
        names.clear();  // whoever asks for one of them is told
    }
    return names;
}

Result<Zone> zone_between(const std::string& name, TimePoint from, TimePoint until) {
    if (name == "UTC") {
        return Zone{};
    }
    try {
        const date::time_zone* zone = find_zone(name);
        if (zone == nullptr) {
            return fail(ErrorCode::invalid_input, "there is no time zone '" + name + '\'');
        }
        return Zone{offsets_of(*zone, from, until)};
    } catch (const std::exception& problem) {
        return no_zones(problem);
    }
}

}  // namespace tided::config
