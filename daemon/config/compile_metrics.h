// What compiling a policy's metrics is made of: the metrics, their rules, their formulas.
#pragma once

#include "daemon/config/compile.h"
#include "daemon/config/metric_names.h"

namespace tided::config {

/// Whose rule is compiled.
struct RuleOf {
    std::uint8_t metric = 0;  ///< index among the policy's
    MetricNames& names;
};

/// The rule that `metric` has; an Input when it has none.
[[nodiscard]] policy::Rule compile_rule(Compiling& in, const Fields& metric, RuleOf of);

/// Everything under [[policy.NAME.metric]]. REQUIRES: the bounds of policy.spec are set.
void compile_metrics(Compiling& in, const Fields& fields, Policy& policy);

/// Reports what is wrong with the query under `key` in `fields`, as asked of `source`.
void check_query(Compiling& in,
                 const Fields& fields,
                 std::string_view key,
                 std::string_view source);

}  // namespace tided::config
