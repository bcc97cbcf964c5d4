// Vector functions: those that look at a whole instant vector or at none: clamp, sort, scalar,
// label_replace, histogram_quantile, ...
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "metrics/promql/ast.h"
#include "metrics/promql/items.h"
#include "policy/vocab/result.h"
#include "policy/vocab/time.h"

namespace tided::metrics::promql {

class LabelPattern;  // label_functions.cpp

/// The compiled regular expressions of an expression's calls.
class LabelPatterns {
public:
    LabelPatterns();
    LabelPatterns(LabelPatterns&&) noexcept;
    LabelPatterns& operator=(LabelPatterns&&) noexcept;
    ~LabelPatterns();

    /// That of `call`, compiled from `text` at the first time.
    /// Errors: invalid_input, without a position.
    [[nodiscard]] Result<const LabelPattern*> of(const Call& call,
                                                 const std::string& text,
                                                 Dialect dialect);

private:
    std::map<const Call*, std::unique_ptr<const LabelPattern>> patterns_;
};

/// A call and the values of its arguments.
struct Invocation {
    const Call& call;
    std::vector<Operand> arguments;  ///< scalars and vectors by position; strings stay in `call`
    const Store& store;
    TimePoint now;
    Bounds bounds;
    Dialect dialect;
    LabelPatterns& patterns;

    [[nodiscard]] double number(std::size_t index) const;
    [[nodiscard]] Items& items(std::size_t index);
    [[nodiscard]] const std::string& text(std::size_t index) const;
};

/// Errors: invalid_input, without a position.
using VectorFunction = Result<Operand> (*)(Invocation&);

namespace whole {

Result<Operand> absent(Invocation& f);
Result<Operand> clamp(Invocation& f);
Result<Operand> clamp_max(Invocation& f);
Result<Operand> clamp_min(Invocation& f);
Result<Operand> max_of(Invocation& f);
Result<Operand> min_of(Invocation& f);
Result<Operand> start(Invocation& f);
Result<Operand> end(Invocation& f);
Result<Operand> step(Invocation& f);
Result<Operand> range(Invocation& f);  ///< from start() to end(), in seconds
Result<Operand> pi(Invocation& f);
Result<Operand> round(Invocation& f);
Result<Operand> scalar(Invocation& f);
Result<Operand> sort(Invocation& f);
Result<Operand> sort_desc(Invocation& f);
Result<Operand> time(Invocation& f);
Result<Operand> timestamp(Invocation& f);  ///< of anything but a selector: the evaluation's
Result<Operand> vector(Invocation& f);

// label_functions.cpp
Result<Operand> label_join(Invocation& f);
Result<Operand> label_replace(Invocation& f);
Result<Operand> sort_by_label(Invocation& f);
Result<Operand> sort_by_label_desc(Invocation& f);

// histogram.cpp
Result<Operand> histogram_fraction(Invocation& f);
Result<Operand> histogram_quantile(Invocation& f);
Result<Operand> histogram_quantiles(Invocation& f);

}  // namespace whole

/// What absent() and absent_over_time() give when there is nothing: 1 with the labels that the
/// selector pins by "=", or without labels when `argument` is no selector.
[[nodiscard]] Items absence_of(const Node& argument);

}  // namespace tided::metrics::promql
