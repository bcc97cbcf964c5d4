// Literals: what PromQL's numbers and quoted strings mean, read as Go reads them.
//
//   numbers   "1.5e3", "0x1F", "017" (octal!), "Inf", "NaN"; an integer with a leading zero is
//             octal when its digits allow it, decimal otherwise, as strconv.ParseInt and
//             ParseFloat make of it together
//   strings   "..." and '...' with Go's escapes, `...` as it stands
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "policy/vocab/result.h"
#include "policy/vocab/time.h"

namespace tided::metrics::promql {

/// Nothing when `text` is no number.
[[nodiscard]] std::optional<double> read_number(std::string_view text);

/// "5m", "1h30m": units y w d h m s ms in this order, each at most once; "0".
/// Errors: invalid_input, without a position.
[[nodiscard]] Result<Duration> read_duration(std::string_view text);

/// What is between the quotes, unescaped. `inside` is without quotes, `quote` is one of " ' `.
/// Errors: invalid_input, without a position.
[[nodiscard]] Result<std::string> unescape(std::string_view inside, char quote);

}  // namespace tided::metrics::promql
