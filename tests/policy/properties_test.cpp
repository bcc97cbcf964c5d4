// What holds for every series of readings, whatever the policy: checked on generated ones. A
// failure names the seed of its series.
#include <algorithm>
#include <cstdint>

#include <doctest/doctest.h>

#include "policy/computed.h"
#include "policy/decide.h"
#include "policy/heard.h"
#include "tests/policy/generated_series.h"
#include "tests/support/policy_words.h"

using namespace tided;
using namespace tided::policy;
using namespace tided::policy::generated;
using namespace std::chrono_literals;

namespace {

bool names_others(const MetricSpec& metric) {
    return !named_by(metric).empty();
}

bool any_is_held(const PolicyState& state) {
    return std::ranges::any_of(state.loads, [](const LearnedLoad& learned) {
        return learned.foreseen.outlook.because == forecast::Because::absence;
    });
}

/// By a rate or a bound.
bool is_cut(const Reason& link) {
    switch (link.code) {
        case ReasonCode::scale_up_limit:
        case ReasonCode::scale_down_limit:
        case ReasonCode::below_min:
        case ReasonCode::above_max:
        case ReasonCode::schedule_min:
        case ReasonCode::schedule_max:
            return true;
        default:
            return false;
    }
}

void with_safety_nets(Generated& series) {
    add_safety_nets(series.random, series.rig.spec);
}

}  // namespace

TEST_CASE("property: the number is within the bounds, always") {
    const auto check = [](const Generated& series, const Tick& tick) {
        const PolicySpec& spec = series.rig.spec;
        const Bounds own = bounds_at({}, spec.floor(), spec.max, tick.decision.now);
        return !is_outside(bounds_of(series, tick), tick.decision.desired) &&
               !is_outside(own, tick.decision.desired);
    };
    for_each_tick(0, check, with_safety_nets);
}

TEST_CASE("property: nothing scales down without a fresh reading of every metric") {
    const auto check = [](const Generated& series, const Tick& tick) {
        const auto& metrics = series.rig.spec.metrics;
        const bool all_fresh =
            !first_not_fresh(series.rig.spec, tick.readings, tick.decision.current) &&
            (tick.readings.back().is_fresh() || std::ranges::none_of(metrics, names_others));
        return tick.decision.direction() != Direction::down || all_fresh ||
               tick.decision.current > bounds_of(series, tick).max.count;
    };
    for_each_tick(1, check, with_safety_nets);
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

// Of each metric by itself, without exception.
TEST_CASE("property: target tracking: more load on one metric never means fewer replicas") {
    const auto only_targets = [](Generated& series) {
        for (MetricSpec& metric : series.rig.spec.metrics) {
            if (!std::holds_alternative<Input>(metric.rule)) {
                metric.rule = some_target(series.random);
            }
        }
    };
    RandomDraws random{9};
    const auto check = [&](const Generated& series, const Tick& tick) {
        std::vector<Reading> more = tick.readings;
        const std::size_t metric = random.below(more.size());
        more[metric].value *=
            random.once_in(2) ? 1.0 + random.share() / 8 : 1.0 + random.share() * 8;
        return again(series.rig, more, tick.before).desired >= tick.decision.desired;
    };
    for_each_tick(9, check, only_targets);
}

TEST_CASE("property: the order of metrics does not matter") {
    RandomDraws random{4};
    for_each_tick(4, [&](const Generated& series, const Tick& tick) {
        PolicyRig turned = series.rig;
        std::vector<Reading> readings = tick.readings;
        // The input that the others name by its place stays there.
        for (std::size_t i = readings.size() - 1; i > 1; --i) {
            const std::size_t j = random.below(i);
            std::swap(turned.spec.metrics[i - 1], turned.spec.metrics[j]);
            std::swap(readings[i - 1], readings[j]);
        }
        const Decision other = again(turned, readings, tick.before);
        return other.desired == tick.decision.desired && other.wished == tick.decision.wished;
    });
}

TEST_CASE("property: the same inputs give the same decision and the same state") {
    const auto check = [](const Generated& series, const Tick& tick) {
        PolicyState state = tick.before;
        const Decision other = decide(
            series.rig.spec,
            {.now = series.rig.now, .observed = &series.rig.observed, .readings = tick.readings},
            state);
        return other.desired == tick.decision.desired && state == series.rig.state &&
               std::ranges::equal(other.reasons.links(), tick.decision.reasons.links());
    };
    for_each_tick(5, check, with_safety_nets);
}

TEST_CASE("property: asked twice at one instant the second answer is the first") {
    const auto check = [](const Generated& series, const Tick& tick) {
        return again(series.rig, tick.readings, series.rig.state).desired == tick.decision.desired;
    };
    for_each_tick(6, check, with_safety_nets);
}

TEST_CASE("property: every change of the number has its link in the chain") {
    for_each_tick(7, [](const Generated& /*series*/, const Tick& tick) {
        const Decision& decision = tick.decision;
        Replicas at = decision.wished.value_or(decision.current);
        for (const Reason& link : decision.reasons.links()) {
            const bool is_held =
                link.code == ReasonCode::stabilized_up || link.code == ReasonCode::stabilized_down;
            if (link.code == ReasonCode::unsure_no_scale_down) {
                at = link.to == at ? link.from : Replicas{-1};
            } else if (is_held || is_cut(link)) {
                at = link.from == at && link.to != at ? link.to : Replicas{-1};
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
            if (const auto& kept = series.rig.state.recommendations;
                whole.empty() || kept.empty()) {  // empty: a gap
                whole = kept;
            } else if (!kept.empty() && kept.back().at == series.rig.now) {
                whole.push_back(kept.back());
            }
            series.carry_out(tick);
        }
    }
}

/// All that was ever proposed, in the order of time, and the state's own list beside it.
class WholeHistory {
public:
    /// The point nearest to `current` of what the windows span with `wished`.
    [[nodiscard]] Replicas nearest(const Behavior& behavior,
                                   const Recommendation& wished,
                                   Replicas current) const {
        Replicas lowest = wished.replicas;
        Replicas highest = wished.replicas;
        for (const Recommendation& past : all_) {
            const Duration age = wished.at - past.at;
            lowest = age < behavior.up.stabilization ? std::min(lowest, past.replicas) : lowest;
            highest =
                age < behavior.down.stabilization ? std::max(highest, past.replicas) : highest;
        }
        return std::clamp(current, lowest, highest);
    }
    /// REQUIRES: `kept` is the state's list after the decision at `now`. False: nothing was noted.
    bool note(const std::vector<Recommendation>& kept, TimePoint now) {
        if (all_.empty() || kept.empty()) {  // empty: a gap
            all_ = kept;                     // the count at the start too
            return false;
        }
        const bool is_noted = kept.back().at == now;
        if (is_noted) {
            all_.push_back(kept.back());
        }
        return is_noted;
    }

private:
    std::vector<Recommendation> all_;
};

TEST_CASE("property: stabilisation never passes the point nearest to the current count") {
    for (int seed = 10 * series_count; seed < 11 * series_count; ++seed) {
        Generated series{seed};
        WholeHistory history;
        for (int i = 0; i < series_length; ++i) {
            const Tick tick = series.next();
            const Decision& decision = tick.decision;
            if (decision.wished && !is_outside(bounds_of(series, tick), decision.current)) {
                const Replicas nearest =
                    history.nearest(series.rig.spec.behavior,
                                    {.replicas = *decision.wished, .at = decision.now},
                                    decision.current);
                const auto [low, high] = std::minmax(decision.current, nearest);
                const bool is_held = !history.note(series.rig.state.recommendations, decision.now);
                const bool is_exact = is_held || decision.desired == nearest ||
                                      std::ranges::any_of(decision.reasons.links(), is_cut);
                if (decision.desired < low || decision.desired > high || !is_exact) {
                    FAIL("series " << seed << ", tick " << i);
                }
            } else {
                history.note(series.rig.state.recommendations, decision.now);
            }
            series.carry_out(tick);
        }
    }
}
