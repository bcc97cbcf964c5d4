// Fluid model: replicas as a fluid supply that follows a load curve, in steps of 15 s. A replica
// serves 1 unit; it is in use up to its limit (0.85) without harm.
//
//   demand(i)   max(2, ceil(load(i) / 0.85))
//   a step      starting replicas whose delay is over become ready; load and ready are sampled;
//               from step 4 on the controller decides; what is then ready serves
//   starting    asked for at i: paid from i, serves from i + delay
//   removal     at once, the youngest starting ones first, then ready ones
//   sight       at step i the samples of i-4, i-3 and i-2: scrape and aggregation take about 30 s
//   start       demand(0) ready replicas
//
// No queues, equal replicas, nothing ever fails. A controller's wish is clamped to 2..600.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "policy/vocab/observed.h"
#include "policy/vocab/time.h"

namespace tided::bench {

constexpr Replicas fewest{2};
constexpr Replicas most{600};

struct Sample {
    double load = 0.0;
    double ready = 0.0;
};

/// What a controller is shown.
struct Sight {
    TimePoint now{};
    Observed observed{};
    std::array<Sample, 3> samples{};  ///< oldest first; the youngest is 30 s old
};

using Controller = std::function<Replicas(const Sight&)>;

/// What happened at each step.
struct Course {
    std::vector<std::int32_t> supply = {};  ///< ready after the decision
    std::vector<std::int32_t> paid = {};    ///< ready and starting after the decision
};

[[nodiscard]] std::int32_t demand(double load);

/// REQUIRES: load is not empty; start_delay is a whole number of steps, at least one.
[[nodiscard]] Course play(std::span<const double> load,
                          Duration start_delay,
                          const Controller& controller);

}  // namespace tided::bench
