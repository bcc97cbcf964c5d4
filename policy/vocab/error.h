// Error: what went wrong, in a code that decides and a sentence that explains.
// The code says whether a caller may retry, must refuse or should alarm; the message is for an
// operator and grows one clause per layer ("scraping web-1: connecting: timed out after 5s").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "policy/vocab/time.h"

namespace tided {

enum class ErrorCode : std::uint8_t {
    invalid_input,    ///< what was given is wrong: repeating it cannot help
    unauthenticated,  ///< credentials missing, expired or unknown (HTTP 401)
    forbidden,        ///< credentials known, the right is missing (403)
    not_found,        ///< the object does not exist, or exists no more (404, 410)
    conflict,         ///< somebody else changed it first (409, 412): observe again, decide again
    throttled,        ///< too many requests (429): wait `retry_after`
    out_of_capacity,  ///< quota or stock is exhausted at the provider
    unavailable,      ///< the peer cannot answer now (connect refused, 5xx)
    timed_out,        ///< the deadline passed; whether the peer acted is said by `effect`
    cancelled,        ///< we stopped it ourselves: no failure
    unsupported,      ///< valid, but not something this build does
    corrupt,          ///< an answer or a stored record that cannot be read
    internal          ///< a bug of ours
};

/// Whether a failed call may still have changed the world.
enum class Effect : std::uint8_t {
    none,     ///< certainly nothing happened: safe to send again
    unknown,  ///< the request left, the answer did not come back whole: observe before anything
              ///< else
};

struct Error {
    ErrorCode code = ErrorCode::internal;
    std::string message;
    Effect effect = Effect::none;
    std::optional<Duration> retry_after = std::nullopt;  ///< only when the peer asked for it

    /// The same error with one more clause in front: "reading scale: " + message.
    [[nodiscard]] Error within(std::string_view clause) && {
        message.insert(0, ": ").insert(0, clause);
        return std::move(*this);
    }

    friend bool operator==(const Error&, const Error&) = default;
};

/// The code's name as it appears in logs, the journal and metrics labels ("timed_out").
[[nodiscard]] std::string_view to_string(ErrorCode code);

/// True when the same request may be sent again later without a human (throttled, unavailable,
/// timed_out, out_of_capacity). Says nothing about `effect`: look at that first.
[[nodiscard]] bool is_transient(ErrorCode code);

}  // namespace tided
