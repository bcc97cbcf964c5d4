// Number: a double as a reader wants to see it. Shared by all that make sentences.
#pragma once

#include <string>

#include "policy/vocab/units.h"

namespace tided::policy {

/// Six digits, all digits when six would show a whole number that it is not (7.0000001, which
/// rounds up to 8), never an exponent below 10^15.
[[nodiscard]] std::string number(double value);

/// Three digits, or all those before the point: for what was derived and is no more exact.
[[nodiscard]] std::string roughly(double value);

/// 10% for 0.1; the noise of 100 * 0.07 is rounded away.
[[nodiscard]] std::string percent(Ratio share);

}  // namespace tided::policy
