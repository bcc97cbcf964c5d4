// Threshold: a metric outside of its bounds changes the count by a number, by percent, or to an
// exact count; Nomad's threshold strategy and the plainest of AWS' step scaling.
//
//   value > above              the count and `add`, or at least an exact count
//   below <= value <= above    the count is kept
//   value < below              the count less `remove`, or at most an exact count
//
// How a change that is asked for again and again stays one change is in adjustment.h.
#pragma once

#include <optional>
#include <string>

#include "policy/strategy.h"

namespace tided::policy {

/// REQUIRES: the rule is a Threshold.
[[nodiscard]] std::optional<Proposal> cross_threshold(const Question& question);
[[nodiscard]] std::string threshold_words(const Reason& link, const PolicySpec& spec);

}  // namespace tided::policy
