// Signatures: the functions of PromQL (2.42 to 3.x together), what they take and give, in which
// dialect they exist and who computes them: the one table to which a function is added.
// Source: prometheus.io/docs/prometheus/latest/querying/functions.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

#include "metrics/promql/ast.h"
#include "metrics/promql/element_functions.h"
#include "metrics/promql/range_functions.h"
#include "metrics/promql/vector_functions.h"

namespace tided::metrics::promql {

struct Function {
    enum class Known : std::uint8_t { everywhere, only_in_2, only_in_3 };

    std::string_view name;
    /// One letter per parameter: v instant vector, m range vector, s scalar, t string; the last
    /// one repeats when more arguments are allowed.
    std::string_view parameters;
    std::size_t min_arguments = 0;
    std::size_t max_arguments = 0;
    ValueType result = ValueType::vector;
    Known known = Known::everywhere;

    // One of the three computes it; a function without any is not supported.
    RangeFunction over_range = nullptr;
    ElementFunction each = nullptr;  ///< without its argument: of the evaluation's instant
    VectorFunction whole = nullptr;

    ParameterCheck check = nullptr;  ///< of over_range's scalar arguments
    bool keeps_name = false;         ///< the result is still a value of the metric
    bool needs_two_samples = false;  ///< in its range
    bool absence = false;            ///< over_range's result turned round: 1 when there is none
    bool orders = false;             ///< its order of elements is what it is called for

    static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

    /// The type of argument `index`. REQUIRES: parameters is not empty.
    [[nodiscard]] ValueType parameter(std::size_t index) const;

    [[nodiscard]] bool is_supported() const {
        return over_range != nullptr || each != nullptr || whole != nullptr;
    }
};

/// The function of this name in this dialect, or null. What it points to lives for ever.
[[nodiscard]] const Function* find_function(std::string_view name, Dialect dialect);

/// What is wrong with a name that is no function of this dialect.
[[nodiscard]] std::string unknown_function(std::string_view name, Dialect dialect);

}  // namespace tided::metrics::promql
