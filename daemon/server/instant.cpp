#include "daemon/server/instant.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <string>

#include "policy/vocab/units.h"

namespace tided::daemon {
namespace {

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
    if (const auto at = parse_rfc3339(text)) {
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
