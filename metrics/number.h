// Numbers as exposition pages and the Prometheus API write them.
//
//   reading   Go's strconv.ParseFloat without hexadecimal and "_", as Prometheus reads a page:
//             "1", "+1", ".5", "5.", "1e-3", "NaN", "Inf", "+inf", "-Infinity" (any case); a
//             number beyond double's range is refused, one too small to hold becomes 0.
//   writing   what the Prometheus HTTP API answers: the shortest digits that read back to the
//             same double, in full ("1000000", "0.5"), with an exponent only below 1e-6 and from
//             1e21 on ("1e-07", "1e+21"); "NaN", "+Inf", "-Inf".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tided::metrics {

/// The number that `text` as a whole is, or nothing.
[[nodiscard]] std::optional<double> parse_number(std::string_view text);

/// `value` as the Prometheus HTTP API writes it.
[[nodiscard]] std::string format_number(double value);
void append_number(std::string& out, double value);

}  // namespace tided::metrics
