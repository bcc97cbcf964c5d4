// explain: a decision in words, for journal, `tided explain`, `tided step` and the dashboard.
#pragma once

#include <string>
#include <vector>

#include "policy/decision.h"
#include "policy/guard.h"
#include "policy/spec.h"

namespace tided::policy {

/// One sentence per link, in order.
[[nodiscard]] std::vector<std::string> reasons(const Decision& decision, const PolicySpec& spec);

/// One line: "web: 4 -> 7 because rps is 712 (target 100 each); not 9 because scale_up allows
/// +100% per 15s".
[[nodiscard]] std::string explain(const Decision& decision,
                                  const Plan& plan,
                                  const PolicySpec& spec);

}  // namespace tided::policy
