// What holds for every series of demand, whatever the policy: checked on generated ones. A failure
// names a seed that shows it again anywhere.
#include <algorithm>
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include "tests/policy/joint/joint_rig.h"
#include "tests/support/random_draws.h"

using namespace tided;
using namespace tided::policy::joint;
using namespace std::chrono_literals;

namespace {

#ifdef NDEBUG
constexpr int series_count = 250;
#else
constexpr int series_count = 20;
#endif
constexpr int series_length = 400;  // steps of 5 min against slots of 15 min and reviews of 1 h

/// Steps between two ends; now and then a few odd ones.
template <typename Quantity>
Steps<Quantity> some_steps(RandomDraws& random, Quantity unit) {
    if (random.once_in(3)) {
        Steps<Quantity> odd;
        Quantity at{};
        for (std::int32_t i = 1 + random.below(10); i > 0; --i) {
            at.count += unit.count * (1 + random.below(1000)) / 1000;
            odd.add(at);
        }
        return odd;
    }
    return between(unit, Quantity{unit.count * (1 + random.below(40))});
}

constexpr std::array<TailPoint, 3> some_tail{
    {{1 * gib, 0.01}, {2 * gib, 0.001}, {4 * gib, 0.0001}}};

JointRig some_rig(RandomDraws& random) {
    JointRig rig;
    rig.settings = {
        .grid = {.cpu = some_steps(random, MilliCpu{250}), .memory = some_steps(random, 512 * mib)},
        .min = {random.below(4)},
        .target = {0.5 + 0.4 * random.share()},
        .resizing = random.once_in(3) ? Resizing::restart : Resizing::in_place,
        .size_interval = 1h,
        .watched = 7h,
        .learning = 2h};
    rig.settings.max = {rig.settings.min.count + random.below(50)};
    if (random.once_in(4)) {
        rig.settings.quota = {.cpu = MilliCpu{2000 + random.below(60'000)},
                              .memory = (4 + random.below(100)) * gib};
    }
    rig.shape = {.replicas = rig.settings.min,
                 .size = {{200 + random.below(4000)}, (300 + random.below(8000)) * mib}};
    rig.memory = {.fixed = random.below(1200) * mib,
                  .per_core = random.once_in(2) ? Bytes{} : random.below(3000) * mib};
    rig.tail = {.points = random.once_in(2) ? std::span<const TailPoint>{} : some_tail,
                .load = {0.5}};
    rig.least = {random.once_in(2) ? 0 : random.below(6)};
    return rig;
}

/// A demand that wanders, jumps and rests.
class Demand {
public:
    double next(RandomDraws& random) {
        if (random.once_in(60)) {
            level_ = 40.0 * random.share() * random.share();
        } else if (random.once_in(3)) {
            level_ = std::max(0.0, level_ + 0.4 * (random.share() - 0.5));
        }
        return level_;
    }

private:
    double level_ = 3.0;
};

struct Tick {
    double demand = 0.0;
    State before{};
    Choice choice{};
};

/// Runs `check(rig, tick)` on every tick, before it is carried out; other series per property.
template <typename Check>
void for_each_tick(int property, const Check& check) {
    for (int seed = property * series_count; seed < (property + 1) * series_count; ++seed) {
        RandomDraws random{static_cast<std::uint64_t>(seed)};
        JointRig rig = some_rig(random);
        Demand demand;
        for (int i = 0; i < series_length; ++i) {
            if (random.once_in(300)) {
                record_kill(rig.state, rig.shape.size.memory, rig.now, rig.settings);
            }
            Tick tick{.demand = demand.next(random), .before = rig.state};
            tick.choice = rig.choose(Cores{tick.demand});
            if (!check(rig, tick)) {
                FAIL("series " << seed << ", tick " << i << ": demand " << tick.demand << ": "
                               << explain(tick.choice));
            }
            rig.carry_out(tick.choice);
            rig.now += 5min;
        }
    }
}

/// The same tick with another demand.
Choice again(const JointRig& rig, const Tick& tick, double demand) {
    State state = tick.before;
    return choose(rig.settings, rig.inputs(Cores{demand}), state);
}

/// Every size that may be chosen, the present one included.
template <typename Visit>
void for_each_size(const JointRig& rig, const Visit& visit) {
    visit(rig.shape.size);
    for (const MilliCpu cpu : rig.settings.grid.cpu.all()) {
        for (const Bytes memory : rig.settings.grid.memory.all()) {
            visit(Size{cpu, memory});
        }
    }
}

}  // namespace

TEST_CASE("property: what is chosen carries the demand, or nothing does and it carries most") {
    for_each_tick(0, [](const JointRig& rig, const Tick& tick) {
        double most = 0.0;
        for_each_size(rig, [&](const Size& size) {
            const bool is_grid = rig.settings.grid.spans(size);
            const Replicas count = most_of(size, rig.settings);
            const bool has_least =
                count >= std::min(std::max(rig.settings.min, rig.least), rig.settings.max);
            most = std::max(most, is_grid && has_least ? rig.carries({count, size}) : 0.0);
        });
        const double carried = rig.carries(tick.choice.to);
        const bool can = most >= tick.demand;
        return can ? carried >= tick.demand - 1e-6 && !tick.choice.is_too_small
                   : tick.choice.is_too_small && carried >= most - 1e-6;
    });
}

TEST_CASE("property: bounds, grid and quota hold, and the floor of a kill") {
    for_each_tick(1, [](const JointRig& rig, const Tick& tick) {
        const auto& [replicas, size] = tick.choice.to;
        const Grid& grid = rig.settings.grid;
        const Bytes floor =
            std::min(memory_floor(tick.before, rig.now, rig.settings), grid.memory.largest());
        return replicas <= most_of(size, rig.settings) && grid.spans(size) &&
               size.memory >= floor && (replicas >= rig.settings.min || tick.choice.is_too_small);
    });
}

TEST_CASE("property: more demand never gives a shape that carries less") {
    for_each_tick(2, [](const JointRig& rig, const Tick& tick) {
        double carried = rig.carries(tick.choice.to);
        for (const double factor : {1.001, 1.03, 1.3, 2.0, 10.0}) {
            const double more = rig.carries(again(rig, tick, tick.demand * factor).to);
            if (more < carried - 1e-6) {
                return false;
            }
            carried = more;
        }
        return true;
    });
}

TEST_CASE("property: constant inputs settle in one step and stay") {
    for_each_tick(3, [](const JointRig& rig, const Tick& tick) {
        JointRig constant = rig;
        constant.carry_out(tick.choice);
        for (int i = 0; i < 3; ++i) {
            if (constant.tick(Cores{tick.demand}, 0s).to != tick.choice.to) {
                return false;
            }
        }
        return true;
    });
}

/// Sizes chosen for their price, and how often one was taken that had been left before.
struct Course {
    int priced = 0;
    int returns = 0;
};

Course course_of(RandomDraws& random, double noise) {
    JointRig rig = some_rig(random);
    const double level = 20.0 * random.share();
    std::vector<Size> left;
    Course course;
    for (int i = 0; i < series_length; ++i) {
        const Choice choice = rig.tick(Cores{level * (1.0 + noise * (2.0 * random.share() - 1.0))});
        if (choice.to.size != choice.from.size) {
            left.push_back(choice.from.size);
            course.priced += choice.because == Because::cheaper ? 1 : 0;
            course.returns += std::ranges::count(left, choice.to.size) > 0 ? 1 : 0;
        }
    }
    return course;
}

TEST_CASE("property: constant demand changes a size for its price once at most") {
    for (int seed = 0; seed < series_count; ++seed) {
        RandomDraws random{static_cast<std::uint64_t>(seed)};
        const Course course = course_of(random, 0.0);
        INFO("series " << seed);
        CHECK(course.priced <= 1);
        CHECK(course.returns == 0);
    }
}

TEST_CASE("property: noise within the margin never brings back a size that was left") {
    int changed_twice = 0;
    for (int seed = 0; seed < 2 * series_count; ++seed) {
        RandomDraws random{static_cast<std::uint64_t>(seed)};
        const Course course = course_of(random, 0.045);
        INFO("series " << seed);
        CHECK(course.priced <= 2);
        CHECK(course.returns == 0);
        changed_twice += course.priced > 1 ? 1 : 0;
    }
    CHECK(changed_twice <= 2 * series_count / 20);
}

TEST_CASE("property: a size is not changed for its price within the interval after a change") {
    for_each_tick(4, [&](const JointRig& rig, const Tick& tick) {
        const bool is_priced =
            tick.choice.because == Because::cheaper || tick.choice.because == Because::peak_at_max;
        const std::optional<TimePoint> resized = tick.before.resized;
        return !is_priced || !resized || rig.now - *resized >= rig.settings.size_interval;
    });
}

TEST_CASE("property: asked twice at one instant the answer is the same, bit for bit") {
    for_each_tick(5, [](const JointRig& rig, const Tick& tick) {
        return again(rig, tick, tick.demand) == tick.choice;
    });
}

TEST_CASE("property: unknown demand removes nothing") {
    for_each_tick(6, [](const JointRig& rig, const Tick& tick) {
        State state = tick.before;
        const Choice blind = choose(rig.settings, rig.inputs(std::nullopt), state);
        const bool is_held =
            blind.to.size == rig.shape.size
                ? blind.to.replicas >=
                      std::min(rig.shape.replicas, most_of(blind.to.size, rig.settings))
                : blind.because != Because::cheaper;
        return is_held && state == tick.before;
    });
}
