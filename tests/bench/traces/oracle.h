// Oracle and scores: what the fewest replicas would have cost, and how a course compares with it.
//
//   oracle(i) = max of demand over i .. i + delay   (as far as the curve goes)
// A replica that serves at j must exist at j - delay, hence no fewer; keeping oracle(i) serves
// demand(j) from every i in j - delay .. j, hence enough.
//
// Elasticity metrics theta, tau, upsilon: SPEC RG (Herbst et al., "Ready for Rain?", 2016),
// relative to demand.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "policy/vocab/time.h"
#include "tests/bench/traces/fluid_model.h"

namespace tided::bench {

/// Replicas that must exist at each step so that supply never falls short of demand.
[[nodiscard]] std::vector<std::int32_t> oracle(std::span<const double> load, Duration start_delay);

/// All but `cost` and `actions_a_day` in percent.
struct Scores {
    double violation = 0.0;  ///< load of the steps with supply < demand, of all load
    double lost = 0.0;       ///< load beyond what supply can serve at all, of all load
    double cost = 0.0;       ///< paid replica-steps, as a multiple of the oracle's
    double theta_under = 0.0;
    double theta_over = 0.0;
    double tau_under = 0.0;
    double tau_over = 0.0;
    double upsilon = 0.0;        ///< steps in which supply and demand move differently
    double actions_a_day = 0.0;  ///< changes of the number of replicas
};

[[nodiscard]] Scores score(std::span<const double> load,
                           const Course& course,
                           std::span<const std::int32_t> fewest_needed);

}  // namespace tided::bench
