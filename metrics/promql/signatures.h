// Signatures: the functions of PromQL (2.42 to 3.x together) and what they take and give, so that
// every valid expression type-checks and an unknown name is told apart from an unsupported one.
// Source: prometheus.io/docs/prometheus/latest/querying/functions.
#pragma once

#include <cstddef>
#include <limits>
#include <string_view>

#include "metrics/promql/ast.h"

namespace tided::metrics::promql {

struct Function {
    std::string_view name;
    /// One letter per parameter: v instant vector, m range vector, s scalar, t string; the last
    /// one repeats when more arguments are allowed.
    std::string_view parameters;
    std::size_t min_arguments = 0;
    std::size_t max_arguments = 0;
    ValueType result = ValueType::vector;

    static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

    /// The type of argument `index`. REQUIRES: parameters is not empty.
    [[nodiscard]] ValueType parameter(std::size_t index) const;
};

/// The function of this name, or null. What it points to lives for ever.
[[nodiscard]] const Function* find_function(std::string_view name);

}  // namespace tided::metrics::promql
