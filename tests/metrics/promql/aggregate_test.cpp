// Aggregate: each operator, groups, NaN and infinities, and whose age an aggregate has.
#include "metrics/promql/aggregate.h"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "tests/support/series_builder.h"

using namespace tided;
using namespace tided::metrics;
using namespace tided::metrics::promql;
using tided::metrics::test::at_second;

namespace {

constexpr double no_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

double folded(AggregateOp op,
              std::initializer_list<double> values,
              Dialect dialect = Dialect::prometheus_3) {
    Fold fold{op, dialect};
    for (const double value : values) {
        fold.add(value, {});
    }
    return fold.value();
}

Item item(Labels labels, double value) {
    return {.own = std::make_shared<const Labels>(normalised(std::move(labels))), .value = value};
}

// "{job="a"}=3 {job="b"}=4"
std::string grouped(AggregateOp op, Grouping grouping) {
    Items items{.list = {item({{"__name__", "x"}, {"job", "a"}, {"i", "0"}}, 1),
                         item({{"__name__", "x"}, {"job", "b"}, {"i", "0"}}, 4),
                         item({{"__name__", "y"}, {"job", "a"}, {"i", "1"}}, 2),
                         item({{"__name__", "y"}, {"zone", "z"}}, 8)}};
    Aggregation form;
    form.op = op;
    form.grouping = std::move(grouping);
    const Store store;
    aggregate(form, 0.0, Dialect::prometheus_3, store, items);
    std::string text;
    for (const Item& group : items.list) {
        text += (text.empty() ? "" : " ") + to_string(labels_of(group, store)) + "=" +
                std::to_string(static_cast<int>(group.value));
    }
    return text;
}

}  // namespace

TEST_CASE("aggregate: operators") {
    for (const auto dialect : {Dialect::prometheus_2, Dialect::prometheus_3}) {
        CHECK(folded(AggregateOp::sum, {1, 2, 4.5}, dialect) == 7.5);
        CHECK(folded(AggregateOp::avg, {1, 2, 6}, dialect) == 3.0);
        CHECK(folded(AggregateOp::min, {3, 1, 2}, dialect) == 1.0);
        CHECK(folded(AggregateOp::max, {3, 1, 2}, dialect) == 3.0);
        CHECK(folded(AggregateOp::count, {3, no_number, 2}, dialect) == 3.0);
        CHECK(folded(AggregateOp::min, {no_number, 1, 2}, dialect) == 1.0);
        CHECK(folded(AggregateOp::max, {2, no_number, 1}, dialect) == 2.0);
        CHECK(std::isnan(folded(AggregateOp::min, {no_number, no_number}, dialect)));
        CHECK(std::isnan(folded(AggregateOp::sum, {1, no_number}, dialect)));
        CHECK(std::isnan(folded(AggregateOp::avg, {1, no_number}, dialect)));
        CHECK(folded(AggregateOp::sum, {1, infinity, 2}, dialect) == infinity);
        CHECK(folded(AggregateOp::avg, {1, infinity, 2}, dialect) == infinity);
        CHECK(std::isnan(folded(AggregateOp::sum, {infinity, -infinity}, dialect)));
        CHECK(folded(AggregateOp::avg, {1.5e308, 1.7e308}, dialect) == doctest::Approx(1.6e308));
    }
}

TEST_CASE("aggregate: dialect 3 keeps what plain addition loses") {
    CHECK(folded(AggregateOp::sum, {1e16, 1.0, 1.0, -1e16}, Dialect::prometheus_3) == 2.0);
    CHECK(folded(AggregateOp::sum, {1e16, 1.0, 1.0, -1e16}, Dialect::prometheus_2) == 0.0);
    CHECK(folded(AggregateOp::avg, {1e16, 1.0, 1.0, -1e16}, Dialect::prometheus_3) == 0.5);
    CHECK(std::signbit(folded(AggregateOp::sum, {-0.0}, Dialect::prometheus_2)));
    CHECK_FALSE(std::signbit(folded(AggregateOp::sum, {-0.0}, Dialect::prometheus_3)));
}

TEST_CASE("aggregate: groups") {
    CHECK(grouped(AggregateOp::sum, {}) == "{}=15");
    CHECK(grouped(AggregateOp::sum, {.labels = {"job"}}) == "{job=\"a\"}=3 {job=\"b\"}=4 {}=8");
    CHECK(grouped(AggregateOp::count, {.labels = {"__name__"}}) == "x=2 y=2");
    CHECK(grouped(AggregateOp::max, {.labels = {"i", "job"}}) ==
          "{i=\"0\",job=\"a\"}=1 {i=\"0\",job=\"b\"}=4 {i=\"1\",job=\"a\"}=2 {}=8");
    CHECK(grouped(AggregateOp::sum, {.labels = {"i"}, .without = true}) ==
          "{job=\"a\"}=3 {job=\"b\"}=4 {zone=\"z\"}=8");
    CHECK(grouped(AggregateOp::sum, {.labels = {"i", "job"}, .without = true}) ==
          "{}=7 {zone=\"z\"}=8");
    CHECK(grouped(AggregateOp::sum, {.labels = {"nope"}}) == "{}=15");
}

TEST_CASE("aggregate: nothing in, nothing out") {
    Items none;
    const Store store;
    aggregate(Aggregation{}, 0.0, Dialect::prometheus_3, store, none);
    CHECK(none.list.empty());
}

TEST_CASE("aggregate: an aggregate is as old as the oldest series that still lives") {
    Fold fold{AggregateOp::sum, Dialect::prometheus_3};
    fold.add(1, {.latest = at_second(10), .ended = true});
    CHECK(fold.origin() == Origin{.latest = at_second(10), .ended = true});
    fold.add(1, {.latest = at_second(50), .ended = false});
    CHECK(fold.origin() == Origin{.latest = at_second(50), .ended = false});
    fold.add(1, {.latest = at_second(40), .ended = false});
    fold.add(1, {.latest = at_second(5), .ended = true});
    CHECK(fold.origin() == Origin{.latest = at_second(40), .ended = false});
}

TEST_CASE("aggregate: a value that needs both is as old as the older, ended when one has") {
    Origin origin{.latest = at_second(50), .ended = false};
    origin.join({.latest = at_second(40), .ended = true});
    CHECK(origin == Origin{.latest = at_second(40), .ended = true});
}
