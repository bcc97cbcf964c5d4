// Adjustment: a change relative to the count, asked for again at every tick. What was changed
// within the last `cooldown` (default 60 s) is part of the change that is asked for, for its
// replicas may be starting and the metric may not show them yet. With
//
//   added     replicas that this policy's steps added within the cool-down, less those that later
//             steps removed; `removed` likewise
//   start     what n is counted from: count - added, count + removed
//
//   +n        max(count, start + n)
//   -n        min(count, start - n)
//   +p %      as +n with n = max(1, ceil(p/100 * start)); -p % likewise
//   exact     that count
//
// So a rule that stays true adds n once per cool-down, and one that grows from +1 to +3 meanwhile
// adds the missing 2, as AWS' step scaling does with its instance warm-up. What was added and
// removed again is no longer under way and holds nothing back. Percent are rounded away from the
// count.
#pragma once

#include <string>

#include "policy/strategy.h"

namespace tided::policy {

struct Adjusted {
    Replicas replicas{};
    Replicas start{};  ///< what the change is counted from
};

/// The count without what was added, or removed, within `cooldown` and is still so.
[[nodiscard]] Replicas count_before_ups(const Question& question, Duration cooldown);
[[nodiscard]] Replicas count_before_downs(const Question& question, Duration cooldown);

[[nodiscard]] Adjusted adjusted(const Question& question,
                                const Adjustment& change,
                                Duration cooldown);

/// "2 more", "10% fewer", "exactly 4"; with what was counted from when that is not `count`:
/// "2 more than the 4 before the changes of the last 1m".
[[nodiscard]] std::string adjustment_words(const Adjustment& change,
                                           Replicas start,
                                           Replicas count,
                                           Duration cooldown);

}  // namespace tided::policy
