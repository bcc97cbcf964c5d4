// Learned curve: latency as a function of the load of one replica, fitted to what was observed.
// The shape is that of a queue with one server (M/M/1: the wait is in proportion to rho/(1 - rho)):
//
//   latency(u) = base + slope * u / (1 - u/limit)      base, slope >= 0; limit > every load seen
//
// For a given limit that is a straight line, fitted by least squares of the relative error; the
// limit is the best of 24 on a fixed grid, from 1.05 to about 50 times the largest load.
//   points   at most 24, one per eighth of an octave of load; each is the mean of the last ones
//            there (of about 60), and weighs less as they age (half after 6 h). When there is no
//            room the lightest goes.
//   error    the weighted root mean square of (fitted - observed) / observed
// The shape cannot follow a latency that falls as load rises, or that jumps: then the error says
// so. Everything is deterministic. A fit of 24 points costs a few microseconds and allocates
// nothing.
#pragma once

#include <cstddef>
#include <span>

#include "policy/state.h"

namespace tided::policy {

constexpr std::size_t most_points = 24;
constexpr std::size_t fewest_points = 5;  ///< a fit needs so many

struct Fit {
    double base = 0.0;
    double slope = 0.0;
    double limit = 0.0;      ///< 0: no curve of this shape fits
    double error = 0.0;      ///< relative, see above; meaningless without a limit
    double largest = 0.0;    ///< load seen
    std::size_t points = 0;  ///< that were heavy enough to count

    [[nodiscard]] double latency_at(double load) const;
    /// The load at which the latency is `objective`; 0 when it is never met.
    [[nodiscard]] double load_at(double objective) const;
};

/// The best curve through `points`. The error of a fit that failed is infinite.
[[nodiscard]] Fit fitted(std::span<const LearnedPoint> points);

/// Notes one observation. It joins the points when the next one comes, at a later instant: what is
/// decided on it twice is decided alike. REQUIRES: load and latency > 0 and finite.
void learn(LearnedCurve& curve, LearnedPoint seen, TimePoint at);

}  // namespace tided::policy
