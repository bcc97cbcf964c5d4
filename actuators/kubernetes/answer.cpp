// Status objects and what stands in their place.
#include "actuators/kubernetes/answer.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "actuators/json_fields.h"

namespace tided::actuators::kubernetes {

namespace {

constexpr std::size_t shown = 80;
constexpr std::size_t quoted = 400;
constexpr std::uint64_t longest_wait_seconds = 86'400;

ErrorCode code_of(int status) {
    switch (status) {
        case 401:
            return ErrorCode::unauthenticated;
        case 403:
            return ErrorCode::forbidden;
        case 404:
        case 410:
            return ErrorCode::not_found;
        case 405:
        case 415:
            return ErrorCode::unsupported;
        case 409:
            return ErrorCode::conflict;
        case 429:
            return ErrorCode::throttled;
        case 504:
            return ErrorCode::timed_out;
        default:
            break;
    }
    if (status >= 500) {
        return ErrorCode::unavailable;
    }
    return status >= 400 ? ErrorCode::invalid_input : ErrorCode::corrupt;
}

std::optional<Duration> seconds(std::optional<std::uint64_t> count) {
    if (!count) {
        return std::nullopt;
    }
    return std::chrono::seconds{std::min(*count, longest_wait_seconds)};
}

std::optional<Duration> from_header(std::string_view header) {
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(header.data(), header.data() + header.size(), count);
    const bool is_whole = error == std::errc{} && end == header.data() + header.size();
    return is_whole ? seconds(count) : std::nullopt;
}

}  // namespace

bool is_success(const Response& response) {
    return response.status >= 200 && response.status < 300;
}

Error error_of(const Response& response) {
    Error error{.code = code_of(response.status),
                .message = "the API server answers " + std::to_string(response.status),
                .retry_after = from_header(response.header("Retry-After"))};
    const auto status = parse_object(response.body);
    if (!status || text_field(*status, "kind") != "Status") {
        const std::string body = excerpt(response.body, shown);
        error.message += body.empty() ? " without a body" : " with what is no Status: " + body;
        return error;
    }
    if (const auto reason = text_field(*status, "reason")) {
        error.message += " " + excerpt(*reason, shown);
    }
    if (const auto message = text_field(*status, "message")) {
        error.message += ": " + excerpt(*message, quoted);
    }
    if (const auto* details = object_field(*status, "details")) {
        const auto wait = seconds(number_field(*details, "retryAfterSeconds"));
        if (wait) {
            error.retry_after = std::max(*wait, error.retry_after.value_or(Duration{}));
        }
    }
    return error;
}

Effect effect_of_write(const Response& response) {
    return response.status >= 500 && response.status != 503 ? Effect::unknown : Effect::none;
}

}  // namespace tided::actuators::kubernetes
