// Estimate: from a history to three amounts of CPU and memory (recommender/logic/estimator.go).
//
//   base      = trunc(percentile)                     target 0.9, lower 0.5, upper 0.95
//   estimate  = base + trunc(base * margin)
//   upper     = trunc(estimate * (1 + 1/c))           c = confidence (history.h): young histories
//   lower     = trunc(estimate * (1 + 0.001/c)^-2)    give a wide range, which nobody acts upon
//   all three = max(itself, minimum)
//
// Without any confidence the upper bound is the largest amount and the lower the minimum; 0 times
// infinity, nothing measured at all, is the minimum too.
#pragma once

#include <cstddef>
#include <cstdint>

#include "policy/vocab/units.h"
#include "policy/vpa/history.h"
#include "policy/vpa/settings.h"

namespace tided::policy::vpa {

struct Resources {
    MilliCpu cpu{};
    Bytes memory{};

    friend bool operator==(const Resources&, const Resources&) = default;
};

struct Estimate {
    Resources target{};
    Resources lower{};
    Resources upper{};

    friend bool operator==(const Estimate&, const Estimate&) = default;
};

/// What each of `containers` > 0 containers gets at least.
[[nodiscard]] Resources share_of_minimum(const Settings& settings, std::size_t containers);

[[nodiscard]] std::int64_t with_margin(std::int64_t base, Ratio margin);

/// amount * (1 + multiplier / confidence) ^ exponent
struct Widening {
    double multiplier = 1.0;
    int exponent = 1;
};
[[nodiscard]] std::int64_t widened(std::int64_t amount, double confidence, Widening by);

/// Allocates nothing.
[[nodiscard]] Estimate estimate(const Aggregate& aggregate,
                                const Settings& settings,
                                const Resources& minimum);

}  // namespace tided::policy::vpa
