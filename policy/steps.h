// Steps: AWS' step scaling: bands of the metric, each with its change of the count.
//
//   the band with from <= value < to    its change
//   no band                             the count is kept
//
// A band without `from` or `to` has no end on that side. How a change that is asked for again and
// again stays one change is in adjustment.h. More load never means fewer replicas only if the bands
// are written so.
#pragma once

#include <optional>
#include <string>

#include "policy/strategy.h"

namespace tided::policy {

/// REQUIRES: the rule is Steps.
[[nodiscard]] std::optional<Proposal> take_step(const Question& question);
[[nodiscard]] std::string steps_words(const Reason& link, const PolicySpec& spec);

}  // namespace tided::policy
