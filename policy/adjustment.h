// Adjustment: a change relative to the count, asked for again at every tick. What was changed
// within the last `cooldown` (default 60 s) is part of the change that is asked for, for its
// replicas may be starting and the metric may not show them yet. With
//
//   added, removed = replicas that this policy's steps added, removed within the cool-down
//
//   +n      max(count, count - added + n)         +p %    the same with n = max(1, ceil(p/100 *
//   start)) -n      min(count, count + removed - n)       -p %    likewise; start = what n is
//   counted from exact   that count
//
// So a rule that stays true adds n once per cool-down, and one that grows from +1 to +3 meanwhile
// adds the missing 2, as AWS' step scaling does with its instance warm-up. Percent are rounded
// away from the count.
#pragma once

#include <string>

#include "policy/strategy.h"

namespace tided::policy {

struct Adjusted {
    Replicas replicas{};
    Replicas start{};  ///< what the change is counted from
};

/// The count that came before what was added, or removed, within `cooldown`.
[[nodiscard]] Replicas count_before_ups(const Question& question, Duration cooldown);
[[nodiscard]] Replicas count_before_downs(const Question& question, Duration cooldown);

[[nodiscard]] Adjusted adjusted(const Question& question,
                                const Adjustment& change,
                                Duration cooldown);

/// "2 more", "10% fewer", "exactly 4"; with what was counted from when that is not `count`:
/// "2 more than 4, as it was 1m ago".
[[nodiscard]] std::string adjustment_words(const Adjustment& change,
                                           Replicas start,
                                           Replicas count,
                                           Duration cooldown);

}  // namespace tided::policy
