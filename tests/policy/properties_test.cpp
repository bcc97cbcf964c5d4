// What holds for every series of readings, whatever the policy: checked on generated ones. A
// failure names the seed of its series.
#include <algorithm>
#include <cstdint>

#include <doctest/doctest.h>

#include "policy/computed.h"
#include "policy/decide.h"
#include "tests/support/generated_policy.h"
#include "tests/support/policy_rig.h"
#include "tests/support/policy_words.h"

using namespace tided;
using namespace tided::policy;
using namespace tided::policy::generated;
using namespace std::chrono_literals;

namespace {

#ifdef NDEBUG
constexpr int series_count = 1'000;
#else
constexpr int series_count = 100;
#endif
constexpr int series_length = 100;

/// One generated tick: what went in and what came out.
struct Tick {
    std::vector<Reading> readings;
    PolicyState before;
    Decision decision;
};

class Generated {
public:
    explicit Generated(int seed)
        : random_(static_cast<std::uint64_t>(seed)), rig(some_policy(random_), random_.below(70)) {
        rig.spec.schedule = some_schedule(random_, rig.now);
        rig.observed.ready = {random_.below(rig.observed.replicas.count + 1)};
    }

    Tick next() {
        load_ = std::max(0.0, load_ + random_.below(21) - 10.0);
        if (random_.once_in(40)) {
            load_ = random_.below(120);
        }
        if (random_.once_in(30)) {
            rig.observed = all_ready(random_.below(70));  // somebody scaled by hand
        }
        Tick tick{.readings = {}, .before = rig.state, .decision = {}};
        for (const MetricSpec& metric : rig.spec.metrics) {
            tick.readings.push_back(some_reading(random_, load_, metric, rig.observed.ready.count));
        }
        tick.decision = rig.decide(tick.readings);
        return tick;
    }

    void carry_out(const Tick& tick) {
        rig.carry_out(tick.decision);
        rig.now += (1 + random_.below(4)) * 15s;
    }

private:
    RandomDraws random_;
    double load_ = 20.0;

public:
    PolicyRig rig;
};

/// Runs `check(series, tick)` on every tick of series_count series, other ones for each property.
template <typename Check>
void for_each_tick(int property, const Check& check) {
    for (int seed = property * series_count; seed < (property + 1) * series_count; ++seed) {
        Generated series{seed};
        for (int i = 0; i < series_length; ++i) {
            const Tick tick = series.next();
            if (!check(series, tick)) {
                FAIL("series " << seed << ", tick " << i);
            }
            series.carry_out(tick);
        }
    }
}

Bounds bounds_of(const Generated& series, const Tick& tick) {
    const PolicySpec& spec = series.rig.spec;
    Bounds bounds = bounds_at(spec.schedule, spec.min, spec.max, tick.decision.now);
    if (!bounds.min.by) {
        bounds.min.count = std::min(spec.floor(), bounds.max.count);
    }
    return bounds;
}

bool names_others(const MetricSpec& metric) {
    return !named_by(metric).empty();
}

bool is_outside(const Bounds& bounds, Replicas count) {
    return count < bounds.min.count || count > bounds.max.count;
}

bool any_is_held(const PolicyState& state) {
    return std::ranges::any_of(state.loads, [](const LearnedLoad& learned) {
        return learned.foreseen.outlook.because == forecast::Because::absence;
    });
}

/// Decides once more as at `tick`, with other readings or another history.
Decision again(const PolicyRig& rig, const std::vector<Reading>& readings, PolicyState state) {
    return decide(
        rig.spec, {.now = rig.now, .observed = &rig.observed, .readings = readings}, state);
}

}  // namespace

TEST_CASE("property: the number is within the bounds, always") {
    for_each_tick(0, [](const Generated& series, const Tick& tick) {
        const PolicySpec& spec = series.rig.spec;
        const Bounds own = bounds_at({}, spec.floor(), spec.max, tick.decision.now);
        return !is_outside(bounds_of(series, tick), tick.decision.desired) &&
               !is_outside(own, tick.decision.desired);
    });
}

TEST_CASE("property: nothing scales down without a fresh reading of every metric") {
    for_each_tick(1, [](const Generated& series, const Tick& tick) {
        const auto& metrics = series.rig.spec.metrics;
        const bool all_fresh =
            std::ranges::all_of(
                tick.readings.begin(), tick.readings.end() - 1, &Reading::is_fresh) &&
            (tick.readings.back().is_fresh() || std::ranges::none_of(metrics, names_others));
        return tick.decision.direction() != Direction::down || all_fresh ||
               tick.decision.current > bounds_of(series, tick).max.count;
    });
}

TEST_CASE("property: nothing scales up without a fresh or partial reading of some metric") {
    for_each_tick(2, [](const Generated& series, const Tick& tick) {
        const bool any_fresh = std::ranges::any_of(tick.readings, [](const Reading& reading) {
            return reading.freshness >= Freshness::partial;
        });
        return tick.decision.direction() != Direction::up || any_fresh ||
               tick.decision.current < bounds_of(series, tick).min.count;
    });
}

// Of all metrics alike, and of every rule drawn here. Not of a backlog's measured rate, where more
// is better, nor of steps whose bands do not rise, nor of traffic that vanished, which a capacity
// holds.
TEST_CASE("property: more load never means fewer replicas") {
    for_each_tick(3, [](const Generated& series, const Tick& tick) {
        std::vector<Reading> more = tick.readings;
        for (Reading& reading : more) {
            reading.value *= 1.5;
        }
        return any_is_held(series.rig.state) ||
               again(series.rig, more, tick.before).desired >= tick.decision.desired;
    });
}

TEST_CASE("property: the order of metrics does not matter") {
    for_each_tick(4, [](const Generated& series, const Tick& tick) {
        PolicyRig turned = series.rig;
        std::vector<Reading> readings = tick.readings;
        // The input that the others name by its place stays there.
        std::reverse(turned.spec.metrics.begin(), turned.spec.metrics.end() - 1);
        std::reverse(readings.begin(), readings.end() - 1);
        const Decision other = again(turned, readings, tick.before);
        return other.desired == tick.decision.desired && other.wished == tick.decision.wished;
    });
}

TEST_CASE("property: the same inputs give the same decision and the same state") {
    for_each_tick(5, [](const Generated& series, const Tick& tick) {
        PolicyState state = tick.before;
        const Decision other = decide(
            series.rig.spec,
            {.now = series.rig.now, .observed = &series.rig.observed, .readings = tick.readings},
            state);
        return other.desired == tick.decision.desired && state == series.rig.state &&
               std::ranges::equal(other.reasons.links(), tick.decision.reasons.links());
    });
}

TEST_CASE("property: asked twice at one instant the second answer is the first") {
    for_each_tick(6, [](const Generated& series, const Tick& tick) {
        return again(series.rig, tick.readings, series.rig.state).desired == tick.decision.desired;
    });
}

TEST_CASE("property: every change of the number has its link in the chain") {
    for_each_tick(7, [](const Generated& /*series*/, const Tick& tick) {
        const Decision& decision = tick.decision;
        Replicas at = decision.wished.value_or(decision.current);
        for (const Reason& link : decision.reasons.links()) {
            switch (link.code) {
                case ReasonCode::unsure_no_scale_down:
                    at = link.to == at ? link.from : Replicas{-1};
                    break;
                case ReasonCode::stabilized_up:
                case ReasonCode::stabilized_down:
                case ReasonCode::scale_up_limit:
                case ReasonCode::scale_down_limit:
                case ReasonCode::below_min:
                case ReasonCode::above_max:
                case ReasonCode::schedule_min:
                case ReasonCode::schedule_max:
                    at = link.from == at && link.to != at ? link.to : Replicas{-1};
                    break;
                default:
                    break;
            }
        }
        return at == decision.desired;
    });
}

TEST_CASE("property: stabilisation and rates never pass the proposal, nor turn it round") {
    for_each_tick(8, [](const Generated& series, const Tick& tick) {
        const Decision& decision = tick.decision;
        if (is_outside(bounds_of(series, tick), decision.current) || !decision.wished) {
            return true;
        }
        const auto [low, high] = std::minmax(decision.current, *decision.wished);
        return low <= decision.desired && decision.desired <= high;
    });
}

TEST_CASE("property: the short history decides as the whole one would") {
    for (int seed = 0; seed < series_count; ++seed) {
        Generated series{seed};
        std::vector<Recommendation> whole;
        for (int i = 0; i < series_length; ++i) {
            const Tick tick = series.next();
            PolicyState state = tick.before;
            if (!whole.empty()) {
                state.recommendations = whole;
            }
            if (again(series.rig, tick.readings, state).desired != tick.decision.desired) {
                FAIL("series " << seed << ", tick " << i);
            }
            whole = whole.empty() ? tick.before.recommendations : whole;
            if (const auto& kept = series.rig.state.recommendations; whole.empty()) {
                whole = kept;
            } else if (!kept.empty() && kept.back().at == series.rig.now) {
                whole.push_back(kept.back());
            }
            series.carry_out(tick);
        }
    }
}

TEST_CASE("property: no move goes farther from a period's start than the rate says") {
    for (int seed = 0; seed < series_count; ++seed) {
        RandomDraws random{static_cast<std::uint64_t>(seed)};
        const std::int32_t begin = 1 + random.below(50);
        PolicyRig rig{web_policy(), begin};
        const Duration period = (1 + random.below(10)) * 15s;
        const std::int32_t most = 1 + random.below(9);
        rig.spec.behavior.up = {.rates = {{RateKind::pods, most, period}}};
        rig.spec.behavior.down = {.rates = {{RateKind::pods, most, period}}};
        std::vector<Recommendation> counts;  // what there was from each instant on
        for (int i = 0; i < series_length; ++i) {
            const TimePoint at = rig.now;
            const Decision decision =
                rig.tick({100.0 * random.below(120)}, (1 + random.below(4)) * 5s);
            std::int32_t start = begin;
            for (const Recommendation& past : counts) {
                start = past.at <= at - period ? past.replicas.count : start;
            }
            const std::int32_t risen = decision.desired.count - start;
            if ((decision.direction() == Direction::up && risen > most) ||
                (decision.direction() == Direction::down && -risen > most)) {
                FAIL("series " << seed << ", tick " << i);
            }
            counts.push_back({decision.desired, at});
        }
    }
}
