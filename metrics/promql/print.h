// Print: a tree back to PromQL, in one form however it was written: no blanks, labels or brackets
// that change nothing, conditions sorted, every operand that is an operation in brackets.
//
//   sum( rate(m{b="2", a="1"}[60s]) )/2    ->    sum(rate(m{a="1",b="2"}[1m])) / 2
//
// Spread over a label, one expression asks for many of that label's values at once: the condition
// on it gives way to another, and whatever drops or pairs labels minds it (metrics/query_groups.h
// says when that is the same question).
//
//   sum(x{t="a"}) / on () sum(y{t="a"})  ->  sum by (t) (x{t=~"a|b"}) / on (t) sum by (t) (y{...})
#pragma once

#include <string>
#include <string_view>

#include "metrics/promql/ast.h"

namespace tided::metrics::promql {

struct Spread {
    std::string_view label;
    std::string_view condition;  ///< what stands for `label="value"`: tenant=~"a|b"
};

/// What `expression` means, as text that parses to the same meaning in its dialect.
[[nodiscard]] std::string print(const Expression& expression);

/// A part of an expression of this dialect.
[[nodiscard]] std::string print(const Node& node, Dialect dialect);

/// The same, spread. REQUIRES: each selector has exactly one condition on spread.label.
[[nodiscard]] std::string print(const Expression& expression, const Spread& spread);

/// A label's name as it stands in a list or condition: in quotes where it needs them.
[[nodiscard]] std::string label_text(const std::string& name);

/// `text` in double quotes, escaped as Go and PromQL read it.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace tided::metrics::promql
