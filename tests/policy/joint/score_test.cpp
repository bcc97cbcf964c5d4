#include "policy/joint/score.h"

#include <array>

#include <doctest/doctest.h>

#include "tests/policy/joint/joint_rig.h"

using namespace tided;
using namespace tided::policy::joint;
using namespace std::chrono_literals;

namespace {

/// A core costs 0.6 and a GiB 0.1 an hour: a replica of one core and 4 GiB costs 1.
Settings round_prices() {
    Settings settings = api_settings();
    settings.prices = {.core = 0.6, .gib = 0.1};
    return settings;
}

Levels two_levels() {
    Levels seen;
    seen.add({.mean = {1.0}, .peak = {1.0}}, {});
    seen.add({.mean = {4.0}, .peak = {5.0}}, {});
    return seen;
}

}  // namespace

TEST_CASE("score: hire is the mean count at the prices of cores and memory") {
    const double count = mean_count(two_levels(), 1.0, {1.0}, {1});
    CHECK(count == 2.5);
    CHECK(mean_count(two_levels(), 1.1, {1.0}, {1}) == 3.5);
    CHECK(mean_count(two_levels(), 1.0, {1.0}, {3}) == 3.5);
    CHECK(mean_count({}, 1.0, {1.0}, {3}) == 3.0);
    const Use use{.size = {{2000}, 8 * gib}, .replicas = count};
    CHECK(hire_price(use, tariff_of(round_prices())).per_hour == doctest::Approx(5.0));
}

TEST_CASE("score: risk is kills an hour times the cost of one") {
    const std::array<TailPoint, 2> points{{{1 * gib, 0.01}, {2 * gib, 0.0}}};
    const MemoryTail tail{.points = points};
    const Tariff tariff = tariff_of(round_prices());  // a kill costs 24
    const Use risky{.size = {{1000}, gib}, .replicas = 2.0};
    CHECK(risk_price(risky, tail, {}, tariff).per_hour == doctest::Approx(0.48));
    const Use safe{.size = {{1000}, 2 * gib}, .replicas = 2.0};
    CHECK(risk_price(safe, tail, {}, tariff).per_hour == 0.0);
}

TEST_CASE("score: a change is resizes, starts and removals, spread over the payback") {
    const Tariff tariff = tariff_of(round_prices());  // a start costs 0.2, resize and removal 1/60
    const Use small{.size = {{1000}, gib}, .replicas = 6.0};
    const Use wide{.size = {{2000}, gib}, .replicas = 3.0};
    const Use lean{.size = {{1000}, 512 * mib}, .replicas = 6.0};
    CHECK(change_price(small, wide, tariff, Resizing::in_place).per_hour ==
          doctest::Approx((3.0 / 60.0 + 3.0 / 60.0) / 24.0));
    CHECK(change_price(wide, small, tariff, Resizing::in_place).per_hour ==
          doctest::Approx((3.0 / 60.0 + 3.0 * 0.2) / 24.0));
    CHECK(change_price(small, lean, tariff, Resizing::in_place).per_hour ==
          doctest::Approx(6.0 * 0.2 / 24.0));
    CHECK(change_price(small, small, tariff, Resizing::in_place) == Price{});
}

TEST_CASE("score: memory that shrinks restarts, and so does all where nothing is done in place") {
    const Size size{{1000}, gib};
    CHECK(change_between(size, size, Resizing::restart) == Change::none);
    CHECK(change_between(size, {{500}, gib}, Resizing::in_place) == Change::in_place);
    CHECK(change_between(size, {{500}, 2 * gib}, Resizing::in_place) == Change::in_place);
    CHECK(change_between(size, {{2000}, 512 * mib}, Resizing::in_place) == Change::restart);
    CHECK(change_between(size, {{2000}, gib}, Resizing::restart) == Change::restart);
}

TEST_CASE("score: a chain of changes never costs less than the direct one") {
    const Tariff tariff = tariff_of(round_prices());
    std::array<Use, 24> uses{};
    for (std::size_t i = 0; i < uses.size(); ++i) {
        uses[i] = {
            .size = {{i % 2 == 0 ? 500 : 1000}, (1 + static_cast<std::int64_t>(i) % 3) * gib},
            .replicas = 1.5 * static_cast<double>(i % 8)};
    }
    for (const Use& a : uses) {
        for (const Use& b : uses) {
            for (const Use& c : uses) {
                const bool is_chain = a.size != b.size && b.size != c.size;
                const double chain = change_price(a, b, tariff, Resizing::in_place).per_hour +
                                     change_price(b, c, tariff, Resizing::in_place).per_hour;
                if (is_chain &&
                    change_price(a, c, tariff, Resizing::in_place).per_hour > chain + 1e-12) {
                    FAIL(a.size << " " << b.size << " " << c.size);
                }
            }
        }
    }
}

TEST_CASE("score: one price for a replica is split as list prices are") {
    const Prices prices = prices_from({1.0}, {{1000}, 4 * gib});
    CHECK(prices.core + 4.0 * prices.gib == doctest::Approx(1.0));
    CHECK(prices.core / prices.gib == doctest::Approx(Prices{}.core / Prices{}.gib));
}
