// A page as JSON Lines, what `tided parse` prints:
//
//   {"name":"up","labels":{"job":"web"},"value":"1","timestamp_ms":null}
//
// Values are written as the Prometheus HTTP API writes them (metrics/number.h). Labels stand in
// the order of the page, empty ones included; what is no series is judged but not printed.
#pragma once

#include <string>
#include <string_view>

#include "metrics/page_parser.h"
#include "policy/vocab/result.h"

namespace tided::metrics {

/// Appends one line per series of `page` to `out`, up to the first error.
/// Errors: corrupt, "FILE:LINE:COL: error: expected ..., got ...".
[[nodiscard]] Status parse_to_json_lines(std::string_view page,
                                         Format format,
                                         std::string_view file_name,
                                         std::string& out);

/// A parser's error as compilers write theirs: "3:14: expected ..." becomes
/// "page.txt:3:14: error: expected ...".
[[nodiscard]] Error located(Error error, std::string_view file_name);

/// The format a page says it has: OpenMetrics ends in a line "# EOF", text does not.
[[nodiscard]] Format guessed_format(std::string_view page);

}  // namespace tided::metrics
