// Sample age: the companion query, and whose sample a value is as old as.
#include "metrics/sample_age.h"

#include <map>

#include <doctest/doctest.h>

#include "metrics/promql/parser.h"

using namespace tided;
using namespace tided::metrics;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr TimePoint t0{seconds{1'700'000'000}};

SampleAge age_of(const char* text) {
    return SampleAge{promql::parse(text).value()};
}

// What the companion answers: the seconds before t0 at which each selector last got a sample.
ApiAnswer stamps(const std::map<int, int>& seconds_before) {
    ApiAnswer answer;
    for (const auto& [selector, before] : seconds_before) {
        answer.elements.push_back({.labels = {{"selector", std::to_string(selector)}},
                                   .value = to_unix_seconds(t0 - seconds{before})});
    }
    return answer;
}

// The age at t0 after one answer of the companion; nothing when unknown.
std::optional<Duration> age(const char* text, const std::map<int, int>& seconds_before) {
    SampleAge sample_age = age_of(text);
    sample_age.learn(stamps(seconds_before));
    const auto sampled = sample_age.sampled_at(t0);
    return sampled ? std::optional<Duration>{t0 - *sampled} : std::nullopt;
}

using Age = std::optional<Duration>;

}  // namespace

TEST_CASE("sample age: the companion asks each selector for its youngest sample") {
    CHECK(age_of("sum(rate(m{a=\"b\"}[1m]))").companion() ==
          "label_replace(max(timestamp(m{a=\"b\"})),\"selector\",\"0\",\"\",\"\")");
    CHECK(age_of("a / on (x) group_left {b='c'}").companion() ==
          "label_replace(max(timestamp(a)),\"selector\",\"0\",\"\",\"\") or "
          "label_replace(max(timestamp({b='c'})),\"selector\",\"1\",\"\",\"\")");
}

TEST_CASE("sample age: offsets are asked along, fixed instants are not asked") {
    CHECK(age_of("m offset 1h").companion() ==
          "label_replace(max(timestamp(m offset 3600000ms)),\"selector\",\"0\",\"\",\"\")");
    CHECK(age_of("m[1m] offset -5s").companion() ==
          "label_replace(max(timestamp(m offset -5000ms)),\"selector\",\"0\",\"\",\"\")");
    CHECK(age_of("max_over_time(rate(m[1m] offset 1m)[10m:1m] offset 2m)").companion() ==
          "label_replace(max(timestamp(m offset 180000ms)),\"selector\",\"0\",\"\",\"\")");
    CHECK(age_of("m @ 1600000000 + n").companion() ==
          "label_replace(max(timestamp(n)),\"selector\",\"1\",\"\",\"\")");
    CHECK(age_of("time() + 1").companion().empty());
    CHECK(age_of("m @ 1600000000").companion().empty());
}

TEST_CASE("sample age: of one selector") {
    CHECK(age("sum(rate(m[1m]))", {{0, 7}}) == Age{seconds{7}});
    CHECK(age("topk(1, m)", {{0, 7}}) == Age{seconds{7}});
    CHECK(age("m", {}) == Age{});
}

TEST_CASE("sample age: several selectors are as old as the oldest") {
    CHECK(age("a / b", {{0, 7}, {1, 20}}) == Age{seconds{20}});
    CHECK(age("a and b", {{0, 30}, {1, 20}}) == Age{seconds{30}});
    CHECK(age("histogram_quantile(scalar(q), sum by (le) (rate(h[1m])))", {{0, 1}, {1, 5}}) ==
          Age{seconds{5}});
    CHECK(age("a / b", {{0, 7}}) == Age{});
}

TEST_CASE("sample age: a selector that fell silent keeps its last instant") {
    SampleAge sample_age = age_of("sum(rate(a[1m])) / sum(rate(b[1m]))");
    sample_age.learn(stamps({{0, 20}, {1, 20}}));
    sample_age.learn(stamps({{0, 0}}));
    CHECK(sample_age.sampled_at(t0) == t0 - seconds{20});
    sample_age.learn(stamps({}));
    CHECK(sample_age.sampled_at(t0) == t0 - seconds{20});
    // Past its range nothing of b is left in the value: whatever the value is, its age is unknown.
    CHECK_FALSE(sample_age.sampled_at(t0 + seconds{41}));
}

TEST_CASE("sample age: newer answers replace, also by an earlier instant") {
    SampleAge sample_age = age_of("m");
    sample_age.learn(stamps({{0, -3600}}));
    sample_age.learn(stamps({{0, 10}}));
    CHECK(sample_age.sampled_at(t0) == t0 - seconds{10});
}

TEST_CASE("sample age: or falls back on samples, constants vouch for nothing") {
    CHECK(age("sum(a) or sum(b)", {{0, 7}, {1, 1}}) == Age{seconds{7}});
    CHECK(age("sum(a) or sum(b)", {{1, 1}}) == Age{seconds{1}});
    CHECK(age("sum(a) or vector(0)", {{0, 7}}) == Age{seconds{7}});
    CHECK(age("sum(a) or vector(0)", {}) == Age{});
    CHECK(age("vector(0) or sum(a)", {}) == Age{seconds{0}});
    SampleAge sample_age = age_of("sum(rate(a[1m])) or sum(rate(b[1m]))");
    sample_age.learn(stamps({{0, 50}, {1, 0}}));
    sample_age.learn(stamps({{1, 0}}));
    CHECK(sample_age.sampled_at(t0) == t0 - seconds{50});
    CHECK(sample_age.sampled_at(t0 + seconds{11}) == t0);
}

TEST_CASE("sample age: an instant selector that no stamp answers is missing at once") {
    for (const char* text : {"sum(a) or vector(0)", "sum(a)", "a * 2"}) {
        INFO(text);
        SampleAge sample_age = age_of(text);
        sample_age.learn(stamps({{0, 1}}));
        CHECK(sample_age.sampled_at(t0) == t0 - seconds{1});
        sample_age.learn(stamps({}));
        CHECK_FALSE(sample_age.sampled_at(t0));
    }
    SampleAge falls_back = age_of("sum(a) or sum(b)");
    falls_back.learn(stamps({{0, 9}, {1, 1}}));
    falls_back.learn(stamps({{1, 1}}));
    CHECK(falls_back.sampled_at(t0) == t0 - seconds{1});
    SampleAge ranged = age_of("sum(rate(a[1m])) or max_over_time(b[1m:10s])");
    ranged.learn(stamps({{0, 9}, {1, 8}}));
    ranged.learn(stamps({}));
    CHECK(ranged.sampled_at(t0) == t0 - seconds{9});
}

TEST_CASE("sample age: absence that is asked for needs no samples") {
    CHECK(age("a unless b", {{0, 7}}) == Age{seconds{7}});
    CHECK(age("a unless b", {{1, 7}}) == Age{});
    CHECK(age("absent(a)", {}) == Age{seconds{0}});
    CHECK(age("absent_over_time(a[5m]) * sum(b)", {{1, 3}}) == Age{seconds{3}});
    CHECK(age("time()", {}) == Age{seconds{0}});
}

TEST_CASE("sample age: what an offset asks for is not old") {
    CHECK(age("m offset 1h", {{0, 3605}}) == Age{seconds{5}});
    CHECK(age("m @ 1600000000 + n", {{1, 3}}) == Age{seconds{3}});
    CHECK(age("m @ 1600000000", {}) == Age{seconds{0}});
    CHECK(age("m @ end()", {{0, 3}}) == Age{seconds{3}});
}

TEST_CASE("sample age: a server whose clock is ahead gives no negative age") {
    CHECK(age("m", {{0, -5}}) == Age{seconds{0}});
}

TEST_CASE("sample age: answers that do not fit are not minded") {
    SampleAge sample_age = age_of("m");
    sample_age.learn({.elements = {{.labels = {}, .value = 1},
                                   {.labels = {{"selector", "x"}}, .value = 1},
                                   {.labels = {{"selector", "9"}}, .value = 1},
                                   {.labels = {{"selector", "0"}}, .value = 1e300}},
                      .warnings = {}});
    CHECK_FALSE(sample_age.sampled_at(t0));
}

TEST_CASE("sample age: reach and rebase") {
    CHECK(age_of("rate(m[10m] offset 1h)").reach() == minutes{70});
    CHECK(age_of("m").reach() == minutes{5});
    SampleAge sample_age = age_of("m");
    sample_age.learn(stamps({{0, 10}}));
    sample_age.rebase(hours{1});
    CHECK(sample_age.sampled_at(t0 + hours{1}) == t0 + hours{1} - seconds{10});
}
