// Wording: a choice in words, in the manner of policy/wording.h. Money has as many digits as it
// takes to see the difference; the currency is the policy's.
#pragma once

#include <string>

#include "policy/joint/choose.h"

namespace tided::policy::joint {

/// "2 CPU / 4Gi", "0.25 CPU / 512Mi".
[[nodiscard]] std::string to_string(const Size& size);

/// "3 x 2 CPU / 4Gi".
[[nodiscard]] std::string to_string(const Shape& shape);

/// "3 x 2 CPU / 4Gi at 0.31 an hour; runner-up 6 x 1 CPU / 4Gi at 0.33: 0.02 dearer, no restart".
[[nodiscard]] std::string to_string(const Ranking& ranking);

/// "hire 0.29, out-of-memory risk 0.01, change 0.01": what the price of a size is made of.
[[nodiscard]] std::string to_string(const Parts& parts);

/// One line: "6 x 1 CPU / 4Gi -> 3 x 2 CPU / 4Gi because it is cheaper: 3 x 2 CPU / 4Gi at ...".
[[nodiscard]] std::string explain(const Choice& choice);

}  // namespace tided::policy::joint
