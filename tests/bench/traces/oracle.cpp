#include "tests/bench/traces/oracle.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <numeric>

#include "tests/bench/traces/trace.h"

namespace tided::bench {

namespace {

int direction(std::int32_t change) {
    return (change > 0 ? 1 : 0) - (change < 0 ? 1 : 0);
}

double total(std::span<const std::int32_t> counts) {
    return std::accumulate(counts.begin(), counts.end(), 0.0);
}

/// Sums over steps; shares are taken when all steps are in.
void add_step(Scores& sums, double load, std::int32_t supply) {
    const std::int32_t needed = demand(load);
    const double gap = static_cast<double>(needed - supply) / needed;
    sums.theta_under += std::max(gap, 0.0);
    sums.theta_over += std::max(-gap, 0.0);
    sums.tau_under += needed > supply ? 1.0 : 0.0;
    sums.tau_over += supply > needed ? 1.0 : 0.0;
    sums.violation += needed > supply ? load : 0.0;
    sums.lost += std::max(load - supply, 0.0);
}

void add_change(Scores& sums, std::span<const double> load, const Course& course, std::size_t i) {
    const int supplied = direction(course.supply[i] - course.supply[i - 1]);
    const int demanded = direction(demand(load[i]) - demand(load[i - 1]));
    sums.upsilon += supplied != demanded ? 1.0 : 0.0;
    sums.actions_a_day += course.paid[i] != course.paid[i - 1] ? 1.0 : 0.0;
}

}  // namespace

std::vector<std::int32_t> oracle(std::span<const double> load, Duration start_delay) {
    const auto delay = static_cast<std::size_t>(start_delay / step);
    std::vector<std::int32_t> needed(load.size());
    std::deque<std::size_t> peaks;  // steps within reach, demand falling, the nearest at the front
    for (std::size_t i = load.size(); i-- > 0;) {
        while (!peaks.empty() && demand(load[peaks.front()]) <= demand(load[i])) {
            peaks.pop_front();
        }
        peaks.push_front(i);
        while (peaks.back() > i + delay) {
            peaks.pop_back();
        }
        needed[i] = demand(load[peaks.back()]);
    }
    return needed;
}

Scores score(std::span<const double> load,
             const Course& course,
             std::span<const std::int32_t> fewest_needed) {
    Scores scores;
    for (std::size_t i = 0; i < load.size(); ++i) {
        add_step(scores, load[i], course.supply[i]);
        if (i > 0) {
            add_change(scores, load, course, i);
        }
    }
    const double steps = static_cast<double>(load.size());
    const double all_load = std::accumulate(load.begin(), load.end(), 0.0);
    for (double* share : {&scores.violation, &scores.lost}) {
        *share *= 100.0 / all_load;
    }
    for (double* share :
         {&scores.theta_under, &scores.theta_over, &scores.tau_under, &scores.tau_over}) {
        *share *= 100.0 / steps;
    }
    scores.upsilon *= 100.0 / (steps - 1.0);
    scores.cost = total(course.paid) / total(fewest_needed);
    scores.actions_a_day *= steps_per_day / steps;
    return scores;
}

}  // namespace tided::bench
