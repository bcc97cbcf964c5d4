// Pass-through: the metric is the count, rounded up (Nomad's strategy of that name). What knows
// better than any rule here how many there should be says so: a queueing model, a plan, a formula.
#pragma once

#include <optional>
#include <string>

#include "policy/strategy.h"

namespace tided::policy {

[[nodiscard]] std::optional<Proposal> pass_through(const Question& question);
[[nodiscard]] std::string pass_through_words(const Reason& link, const PolicySpec& spec);

}  // namespace tided::policy
