// Steady placement: pools out of sight, late replicas that flap, the cap, and the balancer's way.
#include "policy/placement/steady.h"

#include <array>
#include <cmath>
#include <string>

#include <doctest/doctest.h>

#include "tests/support/policy_words.h"
#include "tests/support/random_draws.h"

using namespace tided;
using namespace tided::policy::placement;
using namespace std::chrono_literals;

namespace {

constexpr TimePoint start{1'000h};
constexpr std::array<std::size_t, 3> in_order{0, 1, 2};

std::vector<SeenPool> three() {
    return {{.pool = {.name = "a", .max = {6}, .share = 1}},
            {.pool = {.name = "b", .max = {6}, .share = 1}},
            {.pool = {.name = "c", .max = {6}, .share = 1}}};
}

/// "6 4 -": what each pool should have, a dash where nothing is known.
std::string told(const SteadyPlacement& placement) {
    std::string text;
    for (const PoolMemory& pool : placement.pools) {
        text += (text.empty() ? "" : " ") + (pool.placed ? to_string(*pool.placed) : "-");
    }
    return placement.is_frozen ? "frozen" : text;
}

/// Rounds by priority that remember.
class Rounds {
public:
    std::string at(TimePoint now, std::int32_t wanted) {
        const SteadyPlacement placement =
            place({.wanted = {wanted}, .order = in_order, .now = now}, pools, settings);
        for (std::size_t i = 0; i < pools.size(); ++i) {
            pools[i].memory = placement.pools[i];
        }
        return told(placement);
    }

    std::vector<SeenPool> pools = three();
    SteadySettings settings = {};
};

}  // namespace

TEST_CASE("steady placement: a pool out of sight keeps what it had, the others share the rest") {
    Rounds rounds;
    CHECK(rounds.at(start, 10) == "6 4 0");
    rounds.pools[0].is_readable = false;
    CHECK(rounds.at(start, 12) == "6 6 0");
    CHECK(rounds.at(start, 4) == "6 0 0");
    rounds.pools[0].is_readable = true;
    CHECK(rounds.at(start, 4) == "4 0 0");
}

TEST_CASE("steady placement: a pool never seen is left out") {
    Rounds rounds;
    rounds.pools[0].is_readable = false;
    CHECK(rounds.at(start, 8) == "- 6 2");
}

TEST_CASE("steady placement: as the balancer, one pool out of sight freezes the round") {
    Rounds rounds;
    rounds.settings = SteadySettings::strict();
    CHECK(rounds.at(start, 10) == "6 4 0");
    rounds.pools[0].is_readable = false;
    CHECK(rounds.at(start, 12) == "frozen");
}

TEST_CASE("steady placement: what is placed twice is taken back after the calm, not before") {
    Rounds rounds;
    rounds.pools[0].pool.total = {6};
    rounds.pools[0].pool.late = {2};
    CHECK(rounds.at(start, 6) == "6 2 0");
    rounds.pools[0].pool.late = {0};
    CHECK(rounds.at(start + 2min - 1ms, 6) == "6 2 0");
    CHECK(rounds.at(start + 2min, 6) == "6 0 0");
}

TEST_CASE("steady placement: late replicas that flap count as their peak") {
    Rounds rounds;
    rounds.pools[0].pool.total = {6};
    constexpr std::array<std::int32_t, 8> late{2, 1, 0, 2, 2, 0, 1, 2};
    for (std::size_t i = 0; i < late.size(); ++i) {
        rounds.pools[0].pool.late = {late[i]};
        CHECK(rounds.at(start + static_cast<int>(i) * 50s, 6) == "6 2 0");
    }
}

TEST_CASE("steady placement: late replicas are remembered for as long as they were last seen") {
    Rounds rounds;
    rounds.pools[0].pool.total = {6};
    rounds.pools[0].pool.late = {2};
    CHECK(rounds.at(start, 6) == "6 2 0");
    CHECK(rounds.at(start + 1min, 6) == "6 2 0");
    rounds.pools[0].pool.late = {0};
    CHECK(rounds.at(start + 2min, 6) == "6 2 0");
    CHECK(rounds.at(start + 3min, 6) == "6 0 0");
}

TEST_CASE("steady placement: no more late replicas are remembered than the pool still has") {
    Rounds rounds;
    rounds.settings.most_extra = std::nullopt;
    rounds.pools[0].pool.total = {6};
    rounds.pools[0].pool.late = {3};
    CHECK(rounds.at(start, 6) == "6 3 0");
    rounds.pools[0].pool.total = {1};
    rounds.pools[0].pool.late = {0};
    rounds.pools[0].pool.max = {3};
    CHECK(rounds.at(start + 1min, 6) == "3 6 0");
}

TEST_CASE("steady placement: the cap on what is placed twice, rounded up; none when not a number") {
    Rounds rounds;
    rounds.pools[0].pool.total = {6};
    rounds.pools[0].pool.late = {6};
    CHECK(rounds.at(start, 6) == "6 3 0");
    CHECK(rounds.at(start, 5) == "5 3 0");
    rounds.settings.most_extra = Ratio{std::nan("")};
    CHECK(rounds.at(start, 6) == "6 0 0");
    rounds.settings.most_extra = Ratio{1e300};
    CHECK(rounds.at(start, 6) == "6 6 0");
    rounds.settings = SteadySettings::strict();
    CHECK(rounds.at(start, 6) == "6 6 0");
}

TEST_CASE("steady placement: by share too, pools out of sight leave the others their shares") {
    std::vector<SeenPool> pools = three();
    pools[1].is_readable = false;
    pools[1].memory.placed = Replicas{4};
    CHECK(told(place({.way = Way::by_share, .wanted = {10}}, pools, {})) == "3 4 3");
}

TEST_CASE("steady placement: property: strict rounds are placement.h, whatever was remembered") {
    for (std::uint64_t seed = 0; seed < 5'000; ++seed) {
        RandomDraws draws{seed};
        std::vector<SeenPool> seen = three();
        std::vector<Pool> pools;
        for (SeenPool& one : seen) {
            one.pool.total = {draws.below(7)};
            one.pool.late = {draws.below(one.pool.total.count + 1)};
            one.memory = {.placed = Replicas{draws.below(6)},
                          .late = {draws.below(6)},
                          .late_at = start - 1s};
            pools.push_back(one.pool);
        }
        const Replicas wanted{draws.below(30)};
        const Way way = draws.once_in(2) ? Way::by_share : Way::by_priority;
        const SteadyPlacement steady =
            place({.way = way, .wanted = wanted, .order = in_order, .now = start},
                  seen,
                  SteadySettings::strict());
        std::vector<Replicas> placed(pools.size());
        const Remainder rest = way == Way::by_share
                                   ? place_by_share({.wanted = wanted}, pools, placed)
                                   : place_by_priority({.wanted = wanted}, pools, in_order, placed);
        CAPTURE(seed);
        CHECK((steady.remainder == rest));
        for (std::size_t i = 0; i < pools.size(); ++i) {
            CHECK(steady.pools[i].placed == placed[i]);
        }
    }
}
