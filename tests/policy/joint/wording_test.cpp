#include "policy/joint/wording.h"

#include <doctest/doctest.h>

#include "tests/policy/joint/joint_rig.h"

using namespace tided;
using namespace tided::policy::joint;
using namespace std::chrono_literals;

namespace {

const Size one{{1000}, 4 * gib};
const Size two{{2000}, 4 * gib};

Priced priced(const Size& size, std::int32_t replicas, double hire, Change change) {
    return {.size = size,
            .replicas = {replicas},
            .fit = Fit::carries_all,
            .change = change,
            .price = {.hire = {hire}}};
}

}  // namespace

TEST_CASE("wording: sizes are shown as people write them") {
    CHECK(to_string(two) == "2 CPU / 4Gi");
    CHECK(to_string(Size{{250}, 512 * mib}) == "0.25 CPU / 512Mi");
    CHECK(to_string(Size{{1500}, 1536 * mib}) == "1.5 CPU / 1.5Gi");
    CHECK(to_string(Size{{1}, {1000}}) == "0.001 CPU / 1000");
    CHECK(to_string(Shape{{3}, two}) == "3 x 2 CPU / 4Gi");
}

TEST_CASE("wording: winner and runner-up with what they cost") {
    Ranking ranking{.best = priced(two, 3, 0.31, Change::in_place),
                    .runner_up = priced(one, 6, 0.33, Change::none)};
    CHECK(to_string(ranking) ==
          "3 x 2 CPU / 4Gi at 0.31 an hour; runner-up 6 x 1 CPU / 4Gi at 0.33: 0.02 dearer, "
          "no change of size");
    ranking.runner_up->change = Change::in_place;
    ranking.runner_up->price.hire = {0.3104};
    CHECK(to_string(ranking) ==
          "3 x 2 CPU / 4Gi at 0.3100 an hour; runner-up 6 x 1 CPU / 4Gi at 0.3104: 0.0004 dearer, "
          "no restart");
    ranking.runner_up->fit = Fit::carries_now;
    ranking.runner_up->change = Change::restart;
    ranking.runner_up->price.hire = {0.21};
    CHECK(to_string(ranking) ==
          "3 x 2 CPU / 4Gi at 0.31 an hour; runner-up 6 x 1 CPU / 4Gi at 0.21: 0.10 cheaper, with "
          "restarts, but it does not carry the peak seen");
    ranking.runner_up = priced(one, 6, 0.31, Change::restart);
    CHECK(to_string(ranking) ==
          "3 x 2 CPU / 4Gi at 0.31 an hour; runner-up 6 x 1 CPU / 4Gi at 0.31: as dear, with "
          "restarts");
    ranking.runner_up.reset();
    CHECK(to_string(ranking) == "3 x 2 CPU / 4Gi at 0.31 an hour; there is no other size");
}

TEST_CASE("wording: a price in its parts") {
    CHECK(to_string(Parts{.hire = {0.29}, .risk = {0.011}, .change = {0.009}}) ==
          "hire 0.29, out-of-memory risk 0.01, change 0.01");
    CHECK(to_string(Parts{.hire = {0.0029}}) ==
          "hire 0.0029, out-of-memory risk 0.0000, change 0.0000");
}

TEST_CASE("wording: a choice and why, whole lines") {
    JointRig rig;
    CHECK(explain(rig.choose(Cores{2.8})) ==
          "4 x 1 CPU / 2Gi stays because that is what demand needs");
    CHECK(explain(rig.choose(Cores{3.5})) ==
          "4 x 1 CPU / 2Gi -> 5 x 1 CPU / 2Gi because that is what demand needs");
    rig.run({3.5}, 24h - 5min);
    rig.now += 5min;
    CHECK(
        explain(rig.choose(Cores{3.5})) ==
        "5 x 1 CPU / 2Gi stays because no other size is cheaper by the margin: 5 x 1 CPU / 2Gi at "
        "0.200 an hour; runner-up 2 x 3 CPU / 1.5Gi at 0.203: 0.003 dearer, with restarts");
    JointRig small = rig;
    small.settings.max = {4};
    CHECK(
        explain(small.choose(Cores{4.0})) ==
        "5 x 1 CPU / 2Gi -> 3 x 3 CPU / 1.5Gi because the count would pass its maximum at 1 CPU / "
        "2Gi: 3 x 3 CPU / 1.5Gi at 0.203 an hour; runner-up 3 x 3 CPU / 2Gi at 0.207: 0.003 "
        "dearer, "
        "no restart");
    small.settings.max = {3};
    CHECK(
        explain(small.choose(Cores{20.0})) ==
        "5 x 1 CPU / 2Gi -> 3 x 4 CPU / 1.5Gi because the count would pass its maximum at 1 CPU / "
        "2Gi: 3 x 4 CPU / 1.5Gi at 0.266 an hour; runner-up 3 x 4 CPU / 2Gi at 0.270: 0.003 "
        "dearer, "
        "no restart, but it carries no more; nothing that is allowed carries the demand, this "
        "carries most");
    rig.memory.fixed = 10 * gib;
    CHECK(
        explain(rig.choose(Cores{3.5})) ==
        "5 x 1 CPU / 2Gi -> 2 x 3 CPU / 8Gi because the memory of 1 CPU / 2Gi is too little: 2 x 3 "
        "CPU / 8Gi at 0.26 an hour; runner-up 3 x 2 CPU / 8Gi at 0.29: 0.03 dearer, no restart; no "
        "allowed memory is enough, the largest counts as such");
}
