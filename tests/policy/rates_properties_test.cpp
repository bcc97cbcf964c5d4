// What a rate promises over a whole series, counted from the counts alone. HPA gives back what was
// removed within the period, so with steps of both directions:
//
//   every step up at t           count(t) <= allowed(count(t - p))
//   every window (b - p, b]      added <= allowed - count(t - p) + removed in (t - p, t]
//                                with t the last step up in it
//
// and with steps of one direction, over any window that is not longer than p:
//
//   count(b) <= allowed(count(a))
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include "tests/policy/generated_series.h"
#include "tests/support/policy_words.h"

using namespace tided;
using namespace tided::policy;
using namespace tided::policy::generated;
using namespace std::chrono_literals;

namespace {

/// The farthest that one rate lets a period's first count go. In whole numbers but for percent up,
/// where HPA's doubles count: 10 % up from 100 is 111.
std::int32_t allowed(const RatePolicy& rate, Direction way, std::int32_t start) {
    const std::int32_t sign = way == Direction::up ? 1 : -1;
    if (rate.kind == RateKind::pods) {
        return std::max(0, start + sign * rate.value);
    }
    if (start == 0) {
        return way == Direction::up ? 1 : 0;
    }
    const double share = 1.0 + sign * static_cast<double>(rate.value) / 100.0;
    const double count = std::max(0.0, start * share);
    return static_cast<std::int32_t>(way == Direction::up ? std::ceil(count) : std::trunc(count));
}

/// The counts of a series, one an entry, each from its instant on.
class Course {
public:
    explicit Course(std::int32_t begin) : counts_{{{begin}, TimePoint{}}} {}

    void add(Replicas count, TimePoint at) { counts_.push_back({count, at}); }
    [[nodiscard]] std::int32_t count_at(TimePoint at) const {
        std::int32_t count = counts_.front().replicas.count;
        for (const Recommendation& entry : counts_) {
            count = entry.at <= at ? entry.replicas.count : count;
        }
        return count;
    }
    /// How many were added, or removed, in (from, to].
    [[nodiscard]] std::int32_t moved(Direction way, TimePoint from, TimePoint to) const {
        std::int32_t sum = 0;
        for (std::size_t i = 1; i < counts_.size(); ++i) {
            const std::int32_t risen = counts_[i].replicas.count - counts_[i - 1].replicas.count;
            const bool is_within = from < counts_[i].at && counts_[i].at <= to;
            sum += is_within ? std::max(0, way == Direction::up ? risen : -risen) : 0;
        }
        return sum;
    }
    /// The last step of that way in (from, to], if there is one.
    [[nodiscard]] std::optional<TimePoint> last(Direction way, TimePoint from, TimePoint to) const {
        for (std::size_t i = counts_.size() - 1; i > 0 && counts_[i].at > from; --i) {
            const Replicas before = counts_[i - 1].replicas;
            const bool is_step =
                way == Direction::up ? counts_[i].replicas > before : counts_[i].replicas < before;
            if (is_step && counts_[i].at <= to) {
                return counts_[i].at;
            }
        }
        return std::nullopt;
    }
    [[nodiscard]] const std::vector<Recommendation>& counts() const { return counts_; }

private:
    std::vector<Recommendation> counts_;
};

bool is_within(Direction way, std::int32_t count, std::int32_t limit) {
    return way == Direction::up ? count <= limit : count >= limit;
}

/// The way back gives room: what the window's last step could have used.
bool keeps(const Course& course, const RatePolicy& rate, Direction way, TimePoint end) {
    const auto step = course.last(way, end - rate.period, end);
    if (!step) {
        return true;
    }
    const TimePoint begin = *step - rate.period;
    const std::int32_t start = course.count_at(begin);
    const std::int32_t limit = allowed(rate, way, start);
    const Direction back = way == Direction::up ? Direction::down : Direction::up;
    return is_within(way, course.count_at(*step), limit) &&
           course.moved(way, end - rate.period, end) <=
               std::abs(limit - start) + course.moved(back, begin, *step);
}

/// Literally, over every window that ends now.
bool keeps_all_windows(const Course& course, const RatePolicy& rate, Direction way, TimePoint end) {
    const std::int32_t count = course.counts().back().replicas.count;
    std::int32_t before = course.count_at(end - rate.period);
    for (const Recommendation& entry : course.counts()) {
        if (entry.at > end - rate.period) {
            if (!is_within(way, count, allowed(rate, way, before))) {
                return false;
            }
            before = entry.replicas.count;
        }
    }
    return true;
}

std::vector<RatePolicy> some_rates(RandomDraws& random, std::int32_t count) {
    std::vector<RatePolicy> rates;
    for (; count > 0; --count) {
        const bool is_pods = random.once_in(2);
        rates.push_back({.kind = is_pods ? RateKind::pods : RateKind::percent,
                         .value = 1 + random.below(is_pods ? 9 : 100),
                         .period = (1 + random.below(20)) * 15s});
    }
    return rates;
}

/// A web policy whose load leaps, limited by rates alone.
PolicyRig some_rig(RandomDraws& random) {
    PolicyRig rig{web_policy(), 1 + random.below(70)};
    rig.spec.min = {random.below(2)};
    rig.spec.behavior.down.stabilization = 0s;
    return rig;
}

/// Ticks at odd instants, and at those that are just a period apart.
Duration some_step(RandomDraws& random) {
    return random.once_in(2) ? (1 + random.below(4)) * 5s : (1 + random.below(40'000)) * 1ms;
}

/// Runs `check(rig, course, decision)` after each of series_count * series_length ticks.
template <typename Prepare, typename Check>
void for_each_leap(int property, const Prepare& prepare, const Check& check) {
    for (int seed = property * series_count; seed < (property + 1) * series_count; ++seed) {
        RandomDraws random{static_cast<std::uint64_t>(seed)};
        PolicyRig rig = some_rig(random);
        prepare(random, rig);
        Course course{rig.observed.replicas.count};
        for (int i = 0; i < series_length; ++i) {
            const TimePoint at = rig.now;
            const double load = 100.0 * random.below(random.once_in(3) ? 20 : 110);
            const Decision decision = rig.tick({load}, some_step(random));
            course.add(decision.desired, at);
            if (!check(rig, course, at)) {
                FAIL("series " << seed << ", tick " << i);
            }
        }
    }
}

}  // namespace

TEST_CASE("property: no rate's budget is exceeded over any window") {
    const auto prepare = [](RandomDraws& random, PolicyRig& rig) {
        Behavior& behavior = rig.spec.behavior;
        behavior.up = {.select = Select::min, .rates = some_rates(random, 1 + random.below(3))};
        behavior.down = {.select = Select::min, .rates = some_rates(random, 1 + random.below(3))};
    };
    for_each_leap(20, prepare, [](const PolicyRig& rig, const Course& course, TimePoint now) {
        const auto& [up, down] = rig.spec.behavior;
        return std::ranges::all_of(up.rates,
                                   [&](const RatePolicy& rate) {
                                       return keeps(course, rate, Direction::up, now);
                                   }) &&
               std::ranges::all_of(down.rates, [&](const RatePolicy& rate) {
                   return keeps(course, rate, Direction::down, now);
               });
    });
}

TEST_CASE("property: of several rates the largest budget is not exceeded by any step") {
    const auto prepare = [](RandomDraws& random, PolicyRig& rig) {
        rig.spec.behavior.up = {.rates = some_rates(random, 1 + random.below(3))};
        rig.spec.behavior.down = {.rates = some_rates(random, 1 + random.below(3))};
    };
    for_each_leap(21, prepare, [](const PolicyRig& rig, const Course& course, TimePoint now) {
        const std::size_t size = course.counts().size();
        const std::int32_t from = course.counts()[size - 2].replicas.count;
        const std::int32_t to = course.counts()[size - 1].replicas.count;
        const Direction way = to > from ? Direction::up : Direction::down;
        const auto& rates = (to > from ? rig.spec.behavior.up : rig.spec.behavior.down).rates;
        return to == from || std::ranges::any_of(rates, [&](const RatePolicy& rate) {
                   const std::int32_t start = course.count_at(now - rate.period);
                   return is_within(way, to, allowed(rate, way, start));
               });
    });
}

TEST_CASE("property: with steps of one direction the count never leaves a rate's window") {
    const auto prepare = [](RandomDraws& random, PolicyRig& rig) {
        const ScalingRules never{.select = Select::disabled};
        const ScalingRules slow{.select = Select::min,
                                .rates = some_rates(random, 1 + random.below(3))};
        const bool is_up = random.once_in(2);
        rig.spec.behavior = {.up = is_up ? slow : never, .down = is_up ? never : slow};
        rig.observed = all_ready(is_up ? 1 + random.below(9) : 60 + random.below(40));
    };
    for_each_leap(22, prepare, [](const PolicyRig& rig, const Course& course, TimePoint now) {
        const auto& [up, down] = rig.spec.behavior;
        const Direction way = up.rates.empty() ? Direction::down : Direction::up;
        return std::ranges::all_of(
            way == Direction::up ? up.rates : down.rates,
            [&](const RatePolicy& rate) { return keeps_all_windows(course, rate, way, now); });
    });
}
