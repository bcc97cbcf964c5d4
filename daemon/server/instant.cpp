#include "daemon/server/instant.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <string>

#include "policy/vocab/units.h"

namespace tided::daemon {
namespace {

/// Takes exactly `digits` digits off the front, then `after` unless it is 0.
bool take(std::string_view& rest, std::size_t digits, char after, int& number) {
    if (rest.size() < digits) {
        return false;
    }
    const auto parsed = std::from_chars(rest.data(), rest.data() + digits, number);
    if (parsed.ec != std::errc{} || parsed.ptr != rest.data() + digits || rest.front() == '-') {
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

/// ".25" -> 250 ms; digits past the third are dropped. 0 when there is no fraction.
bool take_fraction(std::string_view& rest, Duration& fraction) {
    fraction = Duration{0};
    if (rest.empty() || rest.front() != '.') {
        return true;
    }
    rest.remove_prefix(1);
    int scale = 100;
    std::size_t digits = 0;
    for (; !rest.empty() && rest.front() >= '0' && rest.front() <= '9'; ++digits) {
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

std::optional<TimePoint> rfc_3339(std::string_view text) {
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

std::optional<TimePoint> unix_seconds(std::string_view text) {
    double seconds = 0.0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), seconds);
    constexpr double latest = 253'402'300'799.0;  // 9999-12-31
    if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size() ||
        !std::isfinite(seconds) || seconds < 0.0 || seconds > latest) {
        return std::nullopt;
    }
    return from_unix_seconds(seconds);
}

}  // namespace

Result<TimePoint> parse_instant(std::string_view text, TimePoint now) {
    if (const auto at = rfc_3339(text)) {
        return *at;
    }
    if (const auto at = unix_seconds(text)) {
        return *at;
    }
    if (const Result<Duration> ago = parse_duration(text)) {
        return now - *ago;
    }
    return fail(ErrorCode::invalid_input,
                "\"" + std::string{text} +
                    "\" is no instant: expected RFC 3339 (2026-11-22T08:00:00Z), seconds since "
                    "1970, or how long ago (2h)");
}

}  // namespace tided::daemon
