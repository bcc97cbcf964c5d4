// The text of a formula, made into a program once, when the policy file is read:
//
//   or              a or b
//   and             a and b
//   not             not a
//   comparison      a < b  <=  >  >=  ==  !=        1 when it holds, else 0; one at a time
//   sum             a + b  -
//   product         a * b  /  %                     % keeps the sign of a, as in C
//   sign            -a
//   operand         12.5   1e3   NAME   (a)   FUNCTION(a, ...)
//
//   min(a, b, ...)  max(a, b, ...)  clamp(x, low, high)  abs  ceil  floor  round  sqrt  exp  ln
//   if(c, a, b)     default(x, d)
//
// Tightest last; those of one line from left to right. Round goes away from zero at a half. NAME is
// a metric of the policy. Nothing here is of a kind: a condition is a number other than 0.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "policy/formula.h"
#include "policy/vocab/result.h"

namespace tided::policy {

struct FormulaMistake {
    std::size_t at = 0;        ///< in bytes from the start of the text
    std::string message;       ///< "expected a number, a metric or '(', not '*'"
    std::string_view unknown;  ///< the name that is no metric, or no function; else ""
    bool is_function = false;  ///< what is unknown
};

/// The index of a metric of the policy, if there is one of that name.
using MetricIndex = std::function<std::optional<std::uint8_t>(std::string_view)>;

/// The first mistake, or the program. `unknown` views into `text`.
[[nodiscard]] tl::expected<Formula, FormulaMistake> compile_formula(std::string_view text,
                                                                    const MetricIndex& index_of);

}  // namespace tided::policy
