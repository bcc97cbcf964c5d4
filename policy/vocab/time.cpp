// Durations and instants: to text and back.
#include "policy/vocab/time.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace tided {

TimePoint from_unix_seconds(double seconds) {
    return TimePoint{Duration{static_cast<Duration::rep>(std::llround(seconds * 1000.0))}};
}

double to_unix_seconds(TimePoint at) {
    return static_cast<double>(at.time_since_epoch().count()) / 1000.0;
}

std::string to_string(Duration d) {
    if (d.count() < 0) {
        return "-" + to_string(-d);
    }
    if (d.count() == 0) {
        return "0s";
    }
    struct Unit {
        Duration size;
        const char* name;
    };
    static constexpr std::array<Unit, 5> units{{{std::chrono::hours{24}, "d"},
                                                {std::chrono::hours{1}, "h"},
                                                {std::chrono::minutes{1}, "m"},
                                                {std::chrono::seconds{1}, "s"},
                                                {Duration{1}, "ms"}}};
    std::string text;
    for (const Unit& unit : units) {
        const auto whole = d / unit.size;
        if (whole > 0) {
            text += std::to_string(whole) + unit.name;
            d -= whole * unit.size;
        }
    }
    return text;
}

std::string to_string(TimePoint at) {
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{at - day};
    std::array<char, 40> text{};
    const int length = std::snprintf(text.data(),
                                     text.size(),
                                     "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                                     static_cast<int>(date.year()),
                                     static_cast<unsigned>(date.month()),
                                     static_cast<unsigned>(date.day()),
                                     static_cast<int>(clock.hours().count()),
                                     static_cast<int>(clock.minutes().count()),
                                     static_cast<int>(clock.seconds().count()),
                                     static_cast<int>(clock.subseconds().count()));
    return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace tided
