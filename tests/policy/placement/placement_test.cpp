// Placement: by priority and by share, late replicas placed twice, and what holds for every pool.
#include "policy/placement/placement.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/policy_words.h"
#include "tests/support/random_draws.h"

using namespace tided;
using namespace tided::policy::placement;

namespace {

constexpr std::array<std::size_t, 3> in_order{0, 1, 2};
constexpr std::int32_t large = 2'000'000'000;

/// "3 4 1, missing 0, overflow 2"
std::string told(const std::vector<Replicas>& placed, const Remainder& rest) {
    std::string text;
    for (const Replicas count : placed) {
        text += to_string(count) + ' ';
    }
    text.back() = ',';
    return text + " missing " + to_string(rest.missing) + ", overflow " + to_string(rest.overflow);
}

std::string by_priority(const Demand& demand,
                        const std::vector<Pool>& pools,
                        std::span<const std::size_t> order) {
    std::vector<Replicas> placed(pools.size());
    const Remainder rest = place_by_priority(demand, pools, order, placed);
    return told(placed, rest);
}

std::string by_share(const Demand& demand, const std::vector<Pool>& pools) {
    std::vector<Replicas> placed(pools.size());
    const Remainder rest = place_by_share(demand, pools, placed);
    return told(placed, rest);
}

std::vector<Pool> shares(std::initializer_list<std::int32_t> all) {
    std::vector<Pool> pools;
    for (const std::int32_t share : all) {
        constexpr std::array<std::string_view, 4> names{"a", "b", "c", "d"};
        pools.push_back({.name = names.at(pools.size()), .share = share});
    }
    return pools;
}

/// D'Hondt as it is defined, replica by replica.
std::vector<Replicas> one_by_one(std::int64_t count, const std::vector<Pool>& pools) {
    std::vector<Replicas> placed;
    for (const Pool& pool : pools) {
        placed.push_back(pool.min);
        count -= pool.min.count;
    }
    for (; count > 0; --count) {
        std::size_t best = pools.size();
        double best_rank = 0.0;
        for (std::size_t i = 0; i < pools.size(); ++i) {
            const double rank = static_cast<double>(pools[i].share) / (placed[i].count + 1);
            if (placed[i] < pools[i].max && rank > best_rank) {
                best = i;
                best_rank = rank;
            }
        }
        if (best == pools.size()) {
            break;
        }
        ++placed[best].count;
    }
    return placed;
}

constexpr std::array<std::string_view, 5> names{"a", "b", "c", "d", "e"};

std::vector<Pool> some_pools(RandomDraws& draws) {
    std::vector<Pool> pools;
    for (std::int32_t i = 1 + draws.below(5); i > 0; --i) {
        Pool pool{.name = names.at(pools.size()),
                  .min = {draws.once_in(2) ? 0 : draws.below(6)},
                  .share = draws.below(8)};
        pool.max = {pool.min.count + draws.below(20)};
        pool.total = {draws.below(20)};
        pool.late = {draws.once_in(2) ? 0 : draws.below(pool.total.count + 1)};
        pools.push_back(pool);
    }
    return pools;
}

std::int64_t sum_of(std::span<const Replicas> all) {
    std::int64_t sum = 0;
    for (const Replicas count : all) {
        sum += count.count;
    }
    return sum;
}

}  // namespace

TEST_CASE(
    "placement: by priority the first pools are filled first; who is left out keeps its min") {
    const std::vector<Pool> pools{
        {.name = "a", .max = {4}}, {.name = "b", .max = {4}}, {.name = "c", .min = {1}}};
    constexpr std::array<std::size_t, 2> two{1, 0};
    CHECK(by_priority({.wanted = {3}}, pools, in_order) == "2 0 1, missing 0, overflow 0");
    CHECK(by_priority({.wanted = {10}}, pools, two) == "4 4 1, missing 0, overflow 1");
    CHECK(by_priority({.wanted = {4}}, pools, two) == "0 3 1, missing 0, overflow 0");
}

TEST_CASE("placement: minima come first; what they take beyond the demand is missing") {
    const std::vector<Pool> pools{{.name = "a", .min = {2}, .share = 1},
                                  {.name = "b", .min = {3}, .share = 1}};
    CHECK(by_share({.wanted = {4}}, pools) == "2 3, missing 1, overflow 0");
    CHECK(by_priority({.wanted = {4}}, pools, std::span{in_order}.first(2)) ==
          "2 3, missing 1, overflow 0");
}

TEST_CASE("placement: by priority what is late flows on to later pools, until it started") {
    std::vector<Pool> pools{
        {.name = "a", .total = {10}, .late = {4}}, {.name = "b"}, {.name = "c"}};
    CHECK(by_priority({.wanted = {10}}, pools, in_order) == "10 4 0, missing 0, overflow 0");
    pools[0].total = {6};
    CHECK(by_priority({.wanted = {10}}, pools, in_order) == "10 8 0, missing 0, overflow 0");
    CHECK(by_priority({.wanted = {2}}, pools, in_order) == "2 0 0, missing 0, overflow 0");
    constexpr std::array<std::size_t, 2> last{1, 0};
    CHECK(by_priority({.wanted = {10}}, pools, last) == "0 10 0, missing 0, overflow 0");
    pools[0].late = {0};
    CHECK(by_priority({.wanted = {10}}, pools, in_order) == "10 0 0, missing 0, overflow 0");
}

TEST_CASE("placement: by share as D'Hondt gives it, ties to the first name, share zero to none") {
    CHECK(by_share({.wanted = {2}}, shares({60, 30, 10})) == "2 0 0, missing 0, overflow 0");
    CHECK(by_share({.wanted = {13}}, shares({60, 30, 10})) == "8 4 1, missing 0, overflow 0");
    CHECK(by_share({.wanted = {3}}, shares({1, 1})) == "2 1, missing 0, overflow 0");
    CHECK(by_share({.wanted = {3}}, shares({0, 1})) == "0 3, missing 0, overflow 0");
    CHECK(by_share({.wanted = {3}}, shares({0})) == "0, missing 0, overflow 3");
    CHECK(by_share({.wanted = {large}}, shares({2, 1})) ==
          "1000000000 1000000000, missing 0, overflow 0");
    CHECK(by_share({.wanted = {1'500'000'000}}, shares({2, 1})) ==
          "1000000000 500000000, missing 0, overflow 0");
}

TEST_CASE(
    "placement: by share what is late is doubled in pools with none late, if all had a place") {
    std::vector<Pool> unlike = shares({3, 1});
    unlike[0].total = {3};
    unlike[0].late = {2};
    CHECK(by_share({.wanted = {4}}, unlike) == "3 3, missing 0, overflow 0");
    unlike[1].late = {1};
    CHECK(by_share({.wanted = {4}}, unlike) == "3 1, missing 0, overflow 4");
    std::vector<Pool> pools = shares({1, 1, 2});
    pools[0].total = pools[1].total = {2};
    pools[0].late = {1};
    CHECK(by_share({.wanted = {8}}, pools) == "2 2 5, missing 0, overflow 0");
    pools[0].max = pools[1].max = {2};
    pools[2].max = {4};
    CHECK(by_share({.wanted = {8}}, pools) == "2 2 4, missing 0, overflow 1");
    CHECK(by_share({.wanted = {9}}, pools) == "2 2 4, missing 0, overflow 1");
}

TEST_CASE("placement: no more is placed twice than is allowed, over all pools together") {
    std::vector<Pool> pools{{.name = "a", .max = {5}, .share = 1, .total = {5}, .late = {4}},
                            {.name = "b", .max = {5}, .share = 1, .total = {5}, .late = {4}},
                            {.name = "c", .share = 0}};
    CHECK(by_priority({.wanted = {10}, .most_extra = {5}}, pools, in_order) ==
          "5 5 5, missing 0, overflow 0");
    pools[2].share = 1;
    pools[2].min = pools[2].max = {0};
    CHECK(by_share({.wanted = {10}, .most_extra = {3}}, pools) == "5 5 0, missing 0, overflow 3");
}

TEST_CASE("placement: property: max is kept, min is kept, all that fits is placed") {
    for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
        RandomDraws draws{seed};
        const std::vector<Pool> pools = some_pools(draws);
        const Demand demand{.wanted = {draws.below(50)}, .most_extra = {draws.below(10)}};
        std::vector<std::size_t> order(pools.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::vector<Replicas> placed(pools.size());
        const bool is_share = draws.once_in(2);
        const Remainder rest = is_share ? place_by_share(demand, pools, placed)
                                        : place_by_priority(demand, pools, order, placed);
        CAPTURE(seed);
        std::int64_t room = 0;
        for (std::size_t i = 0; i < pools.size(); ++i) {
            CHECK(placed[i] >= pools[i].min);
            CHECK(placed[i] <= pools[i].max);
            room += is_share && pools[i].share == 0 ? 0 : pools[i].max.count - placed[i].count;
        }
        const std::int64_t wanted = demand.wanted.count + rest.missing.count;
        CHECK(sum_of(placed) >= std::min(wanted, sum_of(placed) + room));
        CHECK(sum_of(placed) <= wanted + demand.most_extra.count);
        CHECK(sum_of(placed) + rest.overflow.count >= wanted);
    }
}

TEST_CASE(
    "placement: property: by share is D'Hondt, whatever the order, and one replica more is one "
    "replica more") {
    for (std::uint64_t seed = 0; seed < 5'000; ++seed) {
        RandomDraws draws{seed};
        std::vector<Pool> pools = some_pools(draws);
        for (Pool& pool : pools) {
            pool.late = {0};
        }
        const Demand demand{.wanted = {draws.below(60)}};
        std::vector<Replicas> placed(pools.size());
        place_by_share(demand, pools, placed);
        CAPTURE(seed);
        CHECK(placed == one_by_one(demand.wanted.count, pools));

        std::vector<Replicas> next(pools.size());
        place_by_share({.wanted = {demand.wanted.count + 1}}, pools, next);
        for (std::size_t i = 0; i < pools.size(); ++i) {
            CHECK(next[i] >= placed[i]);
        }
        CHECK(sum_of(next) <= sum_of(placed) + 1);

        std::ranges::reverse(pools);
        std::ranges::reverse(placed);
        place_by_share(demand, pools, next);
        CHECK(next == placed);
    }
}
