// Durations and instants: to text and back.
#include "policy/vocab/time.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace tided {
namespace {

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Takes exactly `digits` digits off the front, then `after` in either case unless it is 0.
bool take(std::string_view& rest, std::size_t digits, char after, int& number) {
    if (rest.size() < digits || !is_digit(rest.front())) {
        return false;
    }
    const auto parsed = std::from_chars(rest.data(), rest.data() + digits, number);
    if (parsed.ec != std::errc{} || parsed.ptr != rest.data() + digits) {
        return false;
    }
    rest.remove_prefix(digits);
    if (after == '\0') {
        return true;
    }
    const bool there = !rest.empty() && (rest.front() == after || rest.front() == (after | 0x20));
    if (there) {
        rest.remove_prefix(1);
    }
    return there;
}

/// ".25" -> 250 ms; 0 when there is no fraction.
bool take_fraction(std::string_view& rest, Duration& fraction) {
    fraction = Duration{0};
    if (rest.empty() || rest.front() != '.') {
        return true;
    }
    rest.remove_prefix(1);
    int scale = 100;
    std::size_t digits = 0;
    for (; !rest.empty() && is_digit(rest.front()); ++digits) {
        fraction += Duration{(rest.front() - '0') * scale};
        scale /= 10;
        rest.remove_prefix(1);
    }
    return digits > 0;
}

/// "Z", "+01:00", "-05:30" at the end.
bool take_offset(std::string_view rest, std::chrono::minutes& offset) {
    offset = std::chrono::minutes{0};
    if (rest == "Z" || rest == "z") {
        return true;
    }
    if (rest.empty() || (rest.front() != '+' && rest.front() != '-')) {
        return false;
    }
    const int sign = rest.front() == '-' ? -1 : 1;
    rest.remove_prefix(1);
    int hours = 0;
    int minutes = 0;
    if (!take(rest, 2, ':', hours) || !take(rest, 2, '\0', minutes) || !rest.empty() ||
        hours > 23 || minutes > 59) {
        return false;
    }
    offset = std::chrono::minutes{sign * (hours * 60 + minutes)};
    return true;
}

}  // namespace

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

std::optional<TimePoint> parse_rfc3339(std::string_view text) {
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    Duration fraction{};
    std::chrono::minutes offset{};
    if (!take(text, 4, '-', year) || !take(text, 2, '-', month) || !take(text, 2, 'T', day) ||
        !take(text, 2, ':', hour) || !take(text, 2, ':', minute) || !take(text, 2, '\0', second) ||
        !take_fraction(text, fraction) || !take_offset(text, offset)) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year{year},
                                           std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok() || hour > 23 || minute > 59 || second > 60) {
        return std::nullopt;
    }
    return TimePoint{std::chrono::sys_days{date}} + std::chrono::hours{hour} +
           std::chrono::minutes{minute} + std::chrono::seconds{second} + fraction - offset;
}

}  // namespace tided
