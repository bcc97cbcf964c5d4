// Result: a value or the Error that explains why there is none.
// One alias over tl::expected (P0323); it becomes std::expected when the compiler has it.
#pragma once

#include <tl/expected.hpp>

#include "policy/vocab/error.h"

namespace tided {

template <typename T>
using Result = tl::expected<T, Error>;

/// The result of an operation that has nothing to give back but its success.
using Status = Result<void>;

/// A failed Result of any type: `return fail(ErrorCode::timed_out, "connecting to 10.0.0.1");`
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
    return tl::unexpected<Error>(Error{.code = code, .message = std::move(message)});
}

/// Passes an error on, unchanged.
[[nodiscard]] inline tl::unexpected<Error> fail(Error error) {
    return tl::unexpected<Error>(std::move(error));
}

}  // namespace tided
