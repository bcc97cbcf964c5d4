// Generated: a policy drawn at random, driven by readings drawn at random, tick by tick. A failure
// names the seed of its series and the tick.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/generated_policy.h"
#include "tests/support/policy_rig.h"

namespace tided::policy::generated {

// A million steps a property where the code is optimised; elsewhere (debug, sanitizers) fewer.
#ifdef NDEBUG
inline constexpr int series_count = 10'000;
#else
inline constexpr int series_count = 100;
#endif
inline constexpr int series_length = 100;

/// One generated tick: what went in and what came out.
struct Tick {
    std::vector<Reading> readings;
    PolicyState before;
    Decision decision;
};

class Generated {
public:
    explicit Generated(int seed)
        : random(static_cast<std::uint64_t>(seed)), rig(some_policy(random), random.below(70)) {
        rig.spec.schedule = some_schedule(random, rig.now);
        rig.observed.ready = {random.below(rig.observed.replicas.count + 1)};
    }

    Tick next() {
        load_ = std::max(0.0, load_ + random.below(21) - 10.0);
        if (random.once_in(40)) {
            load_ = random.below(120);
        }
        if (random.once_in(30)) {
            rig.observed = all_ready(random.below(70));  // somebody scaled by hand
        }
        Tick tick{.readings = {}, .before = rig.state, .decision = {}};
        for (const MetricSpec& metric : rig.spec.metrics) {
            tick.readings.push_back(some_reading(random, load_, metric, rig.observed.ready.count));
        }
        tick.decision = rig.decide(tick.readings);
        return tick;
    }

    void carry_out(const Tick& tick) {
        rig.carry_out(tick.decision);
        rig.now += (1 + random.below(4)) * 15s;
    }

    RandomDraws random;
    PolicyRig rig;

private:
    double load_ = 20.0;
};

/// Runs `check(series, tick)` on every tick of series_count series, other ones for each property,
/// whose policies `prepare(series)` has changed.
template <typename Check, typename Prepare>
void for_each_tick(int property, const Check& check, const Prepare& prepare) {
    for (int seed = property * series_count; seed < (property + 1) * series_count; ++seed) {
        Generated series{seed};
        prepare(series);
        for (int i = 0; i < series_length; ++i) {
            const Tick tick = series.next();
            if (!check(series, tick)) {
                FAIL("series " << seed << ", tick " << i);
            }
            series.carry_out(tick);
        }
    }
}

template <typename Check>
void for_each_tick(int property, const Check& check) {
    for_each_tick(property, check, [](const Generated& /*series*/) {});
}

/// What is in force at `tick`, schedules and the idle count regarded.
inline Bounds bounds_of(const Generated& series, const Tick& tick) {
    const PolicySpec& spec = series.rig.spec;
    Bounds bounds = bounds_at(spec.schedule, spec.floor(), spec.max, tick.decision.now);
    bounds.max.count = std::max(bounds.max.count, spec.min);
    return bounds;
}

inline bool is_outside(const Bounds& bounds, Replicas count) {
    return count < bounds.min.count || count > bounds.max.count;
}

/// Decides once more as at this tick, with other readings or another history.
inline Decision again(const PolicyRig& rig,
                      const std::vector<Reading>& readings,
                      PolicyState state) {
    return decide(
        rig.spec, {.now = rig.now, .observed = &rig.observed, .readings = readings}, state);
}

}  // namespace tided::policy::generated
