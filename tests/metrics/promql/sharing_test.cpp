// Sharing: expressions that have parts in common give what each gives alone, and evaluate such a
// part once.
#include <memory>
#include <vector>

#include <doctest/doctest.h>

#include "metrics/promql/eval.h"
#include "metrics/promql/parser.h"
#include "metrics/promql/shared_parts.h"
#include "tests/support/series_builder.h"

using namespace tided;
using namespace tided::metrics;
using namespace tided::metrics::promql;
using namespace tided::metrics::test;

namespace {

SeriesBuilder some_data() {
    SeriesBuilder data;
    for (const char* const app : {"a", "b", "c"}) {
        for (const char* const pod : {"1", "2"}) {
            data.add({{"__name__", "x"}, {"app", app}, {"pod", pod}},
                     0,
                     15,
                     {1, 5, gap, 9.5, 2, 7, pod[0] == '2' ? stale : 20});
        }
    }
    data.add({{"__name__", "young"}}, 90, 15, {3});
    return data;
}

Evaluator evaluator_of(const char* text, const std::shared_ptr<SharedParts>& parts = nullptr) {
    Evaluator evaluator{parse(text, Dialect::prometheus_3).value()};
    if (parts) {
        evaluator.share(parts);
    }
    return evaluator;
}

bool operator==(const Single& a, const Single& b) {
    return a.count == b.count && a.value == b.value && a.origin == b.origin &&
           a.window_short == b.window_short;
}

}  // namespace

TEST_CASE("sharing: each gives what it gives alone") {
    SeriesBuilder data = some_data();
    const std::vector<const char*> texts{
        "sum(rate(x[1m]))",
        "sum(rate(x[1m])) / 2",
        "max(sum by (app) (rate(x[1m])))",
        "sum(sum by (app) (rate(x[1m])) > 0.2)",
        "sum by (app) (rate(x[1m]))",
        "scalar(sum(rate(x[1m]))) + count(rate(x[1m]))",
        "sum(rate(young[1m])) or vector(0)",
        "sum(rate(young[1m]))",
        "max_over_time(sum(rate(x[1m]))[30s:5s])",
        "sum(rate(x[1m] offset 15s))",
        "topk(1, sum by (app) (rate(x[1m])))",
        "absent_over_time(x[1m])",
        "absent_over_time(gone[1m])",
        "absent_over_time(gone[1m])",
    };
    const auto parts = std::make_shared<SharedParts>();
    std::vector<Evaluator> alone;
    std::vector<Evaluator> together;
    for (const char* const text : texts) {
        alone.push_back(evaluator_of(text));
        together.push_back(evaluator_of(text, parts));
    }
    for (const double second : {0.0, 20.0, 60.0, 60.0, 75.0, 90.0, 91.0, 400.0}) {
        for (const Held held : {Held::at_last, Held::left_out}) {
            for (std::size_t i = 0; i < texts.size(); ++i) {
                CAPTURE(texts[i]);
                CAPTURE(second);
                const auto expected = alone[i].single(data.store(), at_second(second), held);
                const auto given = together[i].single(data.store(), at_second(second), held);
                REQUIRE(expected.has_value());
                REQUIRE(given.has_value());
                CHECK(*given == *expected);
            }
        }
    }
}

TEST_CASE("sharing: a part is evaluated once an instant, and again when a sample came") {
    SeriesBuilder data = some_data();
    const auto parts = std::make_shared<SharedParts>();
    Evaluator first = evaluator_of("sum(x)", parts);
    Evaluator second = evaluator_of("sum( x ) * 2", parts);
    CHECK(first.single(data.store(), at_second(60))->value == 12);
    // What was kept is what the other one reads: a value that nothing but a look into it explains.
    const SharedParts::Instant instant{.store = &data.store(),
                                       .version = data.store().version(),
                                       .appended = data.store().counts().appended,
                                       .now = at_second(60)};
    const SharedParts::Number number = parts->add("sum(x)");
    const SharedParts::Value* const kept = parts->find(number, instant);
    REQUIRE(kept != nullptr);
    SharedParts::Value changed = *kept;
    changed.items.list.front().value = 50;
    parts->keep(number, instant, changed);
    CHECK(second.single(data.store(), at_second(60))->value == 100);
    CHECK(second.single(data.store(), at_second(61))->value == 24);
    data.add({{"__name__", "x"}, {"app", "d"}}, 60, 15, {100});
    CHECK(second.single(data.store(), at_second(61))->value == 224);
}

TEST_CASE(
    "sharing: what one expression has for itself is not kept, nor what stands in a shared part") {
    SeriesBuilder data = some_data();
    const auto parts = std::make_shared<SharedParts>();
    Evaluator lone = evaluator_of("max(x)", parts);
    Evaluator first = evaluator_of("sum(rate(x[1m]))", parts);
    Evaluator second = evaluator_of("sum(rate(x[1m]))", parts);
    for (Evaluator* const each : {&lone, &first, &second}) {
        REQUIRE(each->single(data.store(), at_second(60)).has_value());
    }
    const SharedParts::Instant instant{.store = &data.store(),
                                       .version = data.store().version(),
                                       .appended = data.store().counts().appended,
                                       .now = at_second(60)};
    CHECK(parts->find(parts->add("max(x)"), instant) == nullptr);
    CHECK(parts->find(parts->add("rate(x[1m])"), instant) == nullptr);
    CHECK(parts->find(parts->add("sum(rate(x[1m]))"), instant) != nullptr);
}

TEST_CASE("sharing: an expression that goes takes its parts along") {
    const auto parts = std::make_shared<SharedParts>();
    {
        const Evaluator first = evaluator_of("sum(rate(x[1m]))", parts);
        CHECK(parts->size() == 2);
        Evaluator second = evaluator_of("max(rate(x[1m]))", parts);
        CHECK(parts->size() == 3);
        Evaluator third = std::move(second);
        CHECK(parts->size() == 3);
    }
    CHECK(parts->size() == 0);
}

TEST_CASE("sharing: an error is of the expression that meets it") {
    SeriesBuilder data = some_data();
    const auto parts = std::make_shared<SharedParts>();
    Evaluator first = evaluator_of("sum(count_values('', x))", parts);
    Evaluator second = evaluator_of("1 + sum(count_values('', x))", parts);
    const auto one = first.single(data.store(), at_second(60));
    const auto other = second.single(data.store(), at_second(60));
    REQUIRE(!one.has_value());
    REQUIRE(!other.has_value());
    CHECK(one.error().message.starts_with("1:5: "));
    CHECK(other.error().message.starts_with("1:9: "));
}
