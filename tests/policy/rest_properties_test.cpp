// A load that stays: whatever came before, the count settles, and then nothing moves any more, nor
// is anything more remembered. Of rules that neither learn nor look ahead, without schedules: those
// may move at rest, for time itself tells them something.
#include <cmath>

#include <doctest/doctest.h>

#include "tests/policy/generated_series.h"
#include "tests/support/policy_words.h"

using namespace tided;
using namespace tided::policy;
using namespace tided::policy::generated;
using namespace std::chrono_literals;

namespace {

constexpr Duration step = 1min;
constexpr Duration memory = 15min;  // longer than a window, a period and a cool-down in a row
constexpr int most_ticks = 2'000;   // 69 replicas, one in 5 min, there and back

/// Fresh readings of `load`; of a value per replica, what each replica then sees.
std::vector<Reading> readings_of(const PolicyRig& rig, double load) {
    std::vector<Reading> readings;
    for (const MetricSpec& metric : rig.spec.metrics) {
        const auto* target = std::get_if<Target>(&metric.rule);
        double value = load * (target == nullptr ? 1.0 : target->amount);
        if (target != nullptr && target->kind == TargetKind::value) {
            value /= std::max(rig.observed.replicas.count, 1);
        }
        readings.push_back(Reading::of(value, 1s, 30s));
    }
    return readings;
}

/// And without what closes a loop of its own: a value that falls with each replica tells nothing of
/// whether there is work.
void make_memoryless(Generated& series) {
    series.rig.spec.schedule = {};
    for (MetricSpec& metric : series.rig.spec.metrics) {
        if (std::holds_alternative<Latency>(metric.rule) ||
            std::holds_alternative<Capacity>(metric.rule)) {
            metric.rule = some_target(series.random);
        }
        const auto* target = std::get_if<Target>(&metric.rule);
        if (target != nullptr && target->kind == TargetKind::value) {
            metric.activate_above.reset();
        }
    }
}

/// Ticks of one load until nothing has moved for as long as anything is remembered; how many.
int settle(PolicyRig& rig, double load) {
    Duration quiet{};
    int ticks = 0;
    for (; quiet < memory && ticks < most_ticks; ++ticks) {
        const Decision decision = rig.decide(readings_of(rig, load));
        quiet = decision.direction() == Direction::hold ? quiet + step : Duration{};
        rig.carry_out(decision);
        rig.now += step;
    }
    return ticks;
}

/// One further tick moves nothing, and only the instant of the newest entry is another.
bool is_at_rest(PolicyRig& rig, double load) {
    PolicyState expected = rig.state;
    expected.recommendations.back().at = rig.now;
    const Decision decision = rig.decide(readings_of(rig, load));
    rig.now += step;
    return decision.direction() == Direction::hold && rig.state == expected;
}

}  // namespace

TEST_CASE("property: a load at rest settles, and then nothing moves nor grows") {
    int steps = 0;
    for (int seed = 0; steps < series_count * series_length; ++seed) {
        Generated series{seed};
        make_memoryless(series);
        for (int i = series.random.below(20); i > 0; --i, ++steps) {
            series.carry_out(series.next());
        }
        PolicyRig& rig = series.rig;
        rig.observed = all_ready(rig.observed.replicas.count);
        const double load =
            series.random.once_in(2) ? series.random.below(80) : 80.0 * series.random.share();
        const int ticks = settle(rig, load);
        INFO("series " << seed << ", load " << load);
        REQUIRE(ticks < most_ticks);
        for (int i = 0; i < 10; ++i) {
            if (!is_at_rest(rig, load)) {
                FAIL("series " << seed << ", load " << load << ", tick " << i << " at rest");
            }
        }
        steps += ticks + 10;
    }
}
