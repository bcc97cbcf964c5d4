// Expression: where inside a TOML string a place of its contents stands, so that a mistake in
// PromQL is shown at its own column:
//
//   query = 'sum(rate(x[1m])) offset'        the parser says 1:18; the file has it at 3:27
//
// Follows escapes and strings over several lines.
#pragma once

#include <cstddef>
#include <string_view>

#include "daemon/config/document.h"

namespace tided::config {

/// The place in the file of `line`:`column` of the contents of the string whose opening quote is at
/// `string`; both count from 1, the column in bytes as PromQL's parser does. Past the end: the
/// closing quote.
[[nodiscard]] Place place_inside(std::string_view file_text,
                                 const Place& string,
                                 std::size_t line,
                                 std::size_t column);

/// Splits "3:17: what is wrong"; line 0 when the message does not start with a place.
struct PlacedMessage {
    std::size_t line = 0;
    std::size_t column = 0;
    std::string_view message;
};
[[nodiscard]] PlacedMessage split_place(std::string_view message);

}  // namespace tided::config
