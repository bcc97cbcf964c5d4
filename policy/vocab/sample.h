// Sample: one value of one series at one instant.
#pragma once

#include "policy/vocab/time.h"

namespace tided {

struct Sample {
    TimePoint at{};
    double value = 0.0;
};

}  // namespace tided
