#include "policy/joint/choose.h"

#include <array>
#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "tests/policy/joint/joint_rig.h"

using namespace tided;
using namespace tided::policy::joint;
using namespace std::chrono_literals;

TEST_CASE("choose: the count follows demand at the present size, every tick") {
    JointRig rig;  // 4 x 1 CPU: each carries 0.7
    CHECK(rig.tick(Cores{2.8}).to.replicas == Replicas{4});
    CHECK(rig.tick(Cores{3.0}).to.replicas == Replicas{5});
    CHECK(rig.tick(Cores{2.7}).to.replicas == Replicas{5});  // 4 would not leave the tolerance
    CHECK(rig.tick(Cores{2.5}).to.replicas == Replicas{4});
    CHECK(rig.tick(Cores{0.0}).to.replicas == Replicas{1});
    CHECK(rig.shape.size == JointRig{}.shape.size);
}

TEST_CASE("choose: other metrics and the policy want a count whatever the size") {
    JointRig rig;
    rig.least = {7};
    CHECK(rig.tick(Cores{1.0}).to.replicas == Replicas{7});
    rig.least = {70};
    CHECK(rig.tick(Cores{1.0}).to.replicas == Replicas{40});
}

TEST_CASE("choose: memory that grows with load asks for replicas too") {
    JointRig rig;
    rig.memory = {.fixed = gib, .per_core = 2 * gib};  // 1 CPU / 2Gi carries half a core
    CHECK(rig.tick(Cores{2.8}).to.replicas == Replicas{6});
}

TEST_CASE("choose: unknown demand shrinks nothing, grows nothing and prices nothing") {
    for (const std::optional<Cores> demand :
         {std::optional<Cores>{}, std::optional{Cores{std::nan("")}}}) {
        JointRig rig;
        rig.memory = {.fixed = gib, .per_core = 2 * gib};
        const Choice choice = rig.choose(demand);
        CHECK(choice.to == rig.shape);
        CHECK(choice.because == Because::not_due);
        CHECK(rig.state == State{});
    }
}

TEST_CASE("choose: a size is priced when demand has been watched for the learning time") {
    JointRig rig;
    CHECK_FALSE(rig.run({5.0}, 23h));
    const std::optional<Choice> change = rig.run({5.0}, 2h);
    REQUIRE(change);
    CHECK(change->because == Because::cheaper);
    CHECK(change->to == Shape{.replicas = {2}, .size = {{4000}, 1536 * mib}});
    CHECK(change->ranking->best.fit == Fit::carries_all);
    CHECK(change->ranking->staying.size == Size{{1000}, 2 * gib});
    CHECK_FALSE(rig.run({5.0}, std::chrono::days{30}));
}

TEST_CASE("choose: a size that was priced and stays is left alone for the interval") {
    JointRig rig;
    rig.run({5.0}, 25h);
    rig.run({5.0}, 13h);
    REQUIRE(rig.state.reviewed);
    const TimePoint reviewed = *rig.state.reviewed;
    rig.now = reviewed + 12h - 1ms;
    CHECK(rig.choose(Cores{5.0}).because == Because::not_due);
    rig.now = reviewed + 12h;
    CHECK(rig.choose(Cores{5.0}).because == Because::stays);
}

TEST_CASE("choose: a change that is not carried out is asked for again, and not after it is") {
    JointRig rig;
    rig.run({5.0}, 24h - 5min);
    rig.now += 5min;
    for (int i = 0; i < 3; ++i) {
        CHECK(rig.choose(Cores{5.0}).because == Because::cheaper);
        rig.now += 15s;
    }
    rig.tick(Cores{5.0});
    CHECK(rig.tick(Cores{5.0}).because == Because::not_due);
}

TEST_CASE("choose: a count that would pass its maximum asks for a larger size at once") {
    JointRig rig;
    rig.settings.max = {10};
    const Choice choice = rig.choose(Cores{8.0});  // 1 CPU carries 7
    CHECK(choice.because == Because::count_at_max);
    CHECK(choice.to.size == Size{{1500}, 1 * gib});
    CHECK(choice.to.replicas == Replicas{9});  // with room: 8 / 0.9 / 1.05
    CHECK_FALSE(choice.is_too_small);
}

TEST_CASE("choose: when nothing carries the demand the largest is taken and says so") {
    JointRig rig;
    rig.settings.max = {10};
    const Choice choice = rig.tick(Cores{500.0});
    CHECK(choice.to.replicas == Replicas{10});
    CHECK(choice.to.size.cpu == MilliCpu{4000});
    CHECK(choice.is_too_small);
    CHECK(rig.tick(Cores{500.0}).to == rig.shape);
    CHECK(rig.choose(Cores{std::numeric_limits<double>::infinity()}).to == rig.shape);
}

TEST_CASE("choose: memory below what is needed asks for a size at once, demand known or not") {
    for (const std::optional<Cores> demand : {std::optional<Cores>{}, std::optional{Cores{2.0}}}) {
        JointRig rig;
        rig.shape.size.memory = 512 * mib;
        const Choice choice = rig.choose(demand);
        CHECK(choice.because == Because::memory_at_risk);
        CHECK(choice.to.size.memory >= 768 * mib);
        CHECK(rig.carries(choice.to) >= 2.0);
    }
}

TEST_CASE("choose: after a kill no size below the floor, until it is forgotten") {
    JointRig rig;
    record_kill(rig.state, 5 * gib, rig.now, rig.settings);
    const Choice choice = rig.tick(Cores{2.0});
    CHECK(choice.because == Because::memory_at_risk);
    CHECK(choice.to.size.memory == 6 * gib);
    rig.run({2.0}, std::chrono::days{8} - 10min);
    CHECK(rig.shape.size.memory == 6 * gib);
    rig.run({2.0}, 13h);
    CHECK(rig.shape.size.memory < 6 * gib);
}

TEST_CASE("choose: a second kill raises the floor and renews it, a smaller one only renews it") {
    State state;
    const Settings settings = api_settings();
    const TimePoint now = JointRig{}.now;
    CHECK(memory_floor(state, now, settings) == Bytes{});
    record_kill(state, 2 * gib, now, settings);
    record_kill(state, 1 * gib, now + 24h, settings);
    CHECK(memory_floor(state, now + 24h, settings) == bumped(2 * gib));
    record_kill(state, 1 * gib, now + std::chrono::days{9}, settings);
    CHECK(memory_floor(state, now + std::chrono::days{9}, settings) == bumped(1 * gib));
}

TEST_CASE("choose: memory beyond the grid takes the largest, says so, and stays calm") {
    JointRig rig;
    rig.memory = {.fixed = 20 * gib, .per_core = gib};
    const Choice choice = rig.tick(Cores{2.0});
    CHECK(choice.to.size.memory == 8 * gib);
    CHECK(choice.memory_is_beyond);
    CHECK_FALSE(choice.is_too_small);
    CHECK_FALSE(rig.run({2.0}, 20h));
}

TEST_CASE("choose: a size out of bounds goes back within them at once") {
    for (const Size size : {Size{{100}, 2 * gib}, Size{{8000}, 2 * gib}, Size{{1000}, 16 * gib}}) {
        JointRig rig;
        rig.shape.size = size;
        const Choice choice = rig.choose(Cores{2.0});
        CHECK(choice.because == Because::outside_bounds);
        CHECK(rig.settings.grid.spans(choice.to.size));
        CHECK(rig.carries(choice.to) >= 2.0);
    }
}

TEST_CASE("choose: a size between two steps is left alone while nothing is wrong with it") {
    JointRig rig;
    rig.shape.size = {{1100}, 1100 * mib};
    CHECK(rig.choose(Cores{2.0}).to.size == rig.shape.size);
}

TEST_CASE("choose: a quota bounds count times size, and a tight one does not make it swing") {
    JointRig rig;
    rig.settings.quota = {.cpu = MilliCpu{6000}};
    const Choice choice = rig.choose(Cores{100.0});
    CHECK(choice.is_too_small);
    CHECK(choice.to.replicas.count * choice.to.size.cpu.count == 6000);

    rig.settings.min = {30};  // 30 x 250m does not fit
    rig.tick(Cores{1.0});
    const Shape settled = rig.shape;
    for (int i = 0; i < 20; ++i) {
        CHECK(rig.tick(Cores{1.0}).to == settled);
    }
}

TEST_CASE("choose: no quota is spent on fewer replicas than the least, when that can be had") {
    JointRig rig;
    rig.settings.min = {3};
    rig.settings.quota = {.memory = 7 * gib};
    rig.memory = {.fixed = 553 * mib, .per_core = 1458 * mib};
    rig.shape = {.replicas = {3}, .size = {{4000}, 4 * gib}};
    const Choice choice = rig.choose(Cores{3.0});  // one of 4 CPU / 6Gi would carry more
    CHECK(choice.because == Because::count_at_max);
    CHECK(choice.to.replicas == Replicas{3});
    CHECK_FALSE(choice.is_too_small);
    CHECK(rig.carries(choice.to) >= 3.0);
}

TEST_CASE("choose: where the size is not ours only the count moves") {
    JointRig rig;
    rig.settings.resizing = Resizing::never;
    rig.settings.max = {10};
    const Choice choice = rig.tick(Cores{50.0});
    CHECK(choice.to == Shape{.replicas = {10}, .size = rig.shape.size});
    CHECK(choice.is_too_small);
    CHECK_FALSE(rig.run({5.0}, 48h));
}

TEST_CASE("choose: the axis to move first never leaves less than before and after") {
    Choice choice{.from = {{6}, {{1000}, gib}}, .to = {{3}, {{2000}, gib}}};
    CHECK(choice.first() == Axis::size);
    std::swap(choice.from, choice.to);
    CHECK(choice.first() == Axis::count);
}

TEST_CASE("choose: a history of counts is converted when the size has changed") {
    CHECK(converted({10}, {0.7}, {1.4}) == Replicas{5});
    CHECK(converted({9}, {0.7}, {1.4}) == Replicas{5});
    CHECK(converted({5}, {1.4}, {0.7}) == Replicas{10});
    CHECK(converted({0}, {1.4}, {0.7}) == Replicas{0});
}

TEST_CASE("choose: after a clock jump everything keeps its age") {
    JointRig rig;
    rig.run({5.0}, 40h);
    record_kill(rig.state, gib, rig.now, rig.settings);
    JointRig jumped = rig;
    rebase(jumped.state, 1000h);
    jumped.now += 1000h;
    for (int i = 0; i < 300; ++i) {
        const double demand = 5.0 + i % 7;
        const Choice a = rig.tick(Cores{demand});
        const Choice b = jumped.tick(Cores{demand});
        CHECK(a == b);
    }
}

TEST_CASE("choose: whoever asks why gets what would be compared now") {
    JointRig rig;
    rig.run({5.0}, 24h - 5min);
    rig.now += 5min;
    const Ranking asked = compared(rig.settings, rig.inputs(Cores{5.0}), rig.state);
    CHECK(rig.choose(Cores{5.0}).ranking == asked);
}
