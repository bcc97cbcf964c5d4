// Store: identity of series, Prometheus' rules of appending, retention, lookup, rebase.
#include "metrics/store.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::metrics;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

TimePoint at(int s) {
    return TimePoint{seconds{1'000'000 + s}};
}

Labels named(const std::string& name, const std::string& job) {
    return normalised({{"__name__", name}, {"job", job}});
}

std::vector<double> values(Cursor cursor) {
    std::vector<double> values;
    while (const auto sample = cursor.next()) {
        values.push_back(sample->value);
    }
    return values;
}

Matcher matcher(const std::string& name, MatchOp op, const std::string& value) {
    return Matcher::make(name, op, value).value();
}

std::vector<std::string> found(const Store& store, const std::vector<Matcher>& matchers) {
    std::vector<std::string> texts;
    for (const SeriesId id : store.find(matchers)) {
        texts.push_back(to_string(store.labels(id)));
    }
    std::sort(texts.begin(), texts.end());
    return texts;
}

}  // namespace

TEST_CASE("store: equal labels are one series") {
    Store store;
    const SeriesId web = store.intern(named("up", "web")).value();
    CHECK(store.intern(named("up", "web")).value() == web);
    CHECK_FALSE(store.intern(named("up", "api")).value() == web);
    CHECK(store.size() == 2);
    CHECK(store.version() == 2);
    CHECK(store.labels(web) == named("up", "web"));
    CHECK(store.label(web, "job") == "web");
    CHECK(store.label(web, "none") == "");
}

TEST_CASE("store: time moves forward only, drops are counted") {
    Store store;
    const SeriesId id = store.intern(named("up", "web")).value();
    CHECK(store.append(id, at(1), 1) == Appended::stored);
    CHECK(store.append(id, at(2), 2) == Appended::stored);
    CHECK(store.append(id, at(2), 2) == Appended::duplicate);
    CHECK(store.append(id, at(2), 3) == Appended::conflicting);
    CHECK(store.append(id, at(1), 1) == Appended::out_of_order);
    CHECK(values(store.samples(id, at(0), at(9))) == std::vector<double>{1, 2});
    CHECK(store.counts().appended == 2);
    CHECK(store.counts().duplicate == 1);
    CHECK(store.counts().conflicting == 1);
    CHECK(store.counts().out_of_order == 1);
}

TEST_CASE("store: a repeated NaN is a duplicate, not a conflict") {
    Store store;
    const SeriesId id = store.intern(named("up", "web")).value();
    const double nan = std::numeric_limits<double>::quiet_NaN();
    store.append(id, at(1), nan);
    CHECK(store.append(id, at(1), nan) == Appended::duplicate);
    CHECK(store.append(id, at(1), stale_marker()) == Appended::conflicting);
}

TEST_CASE("store: the staleness marker is a NaN apart from all others") {
    CHECK(std::isnan(stale_marker()));
    CHECK(is_stale_marker(stale_marker()));
    CHECK_FALSE(is_stale_marker(std::numeric_limits<double>::quiet_NaN()));
    CHECK_FALSE(is_stale_marker(0.0));
    Store store;
    const SeriesId id = store.intern(named("up", "web")).value();
    store.append(id, at(1), stale_marker());
    CHECK(is_stale_marker(store.latest(id, at(1))->value));
    CHECK(is_stale_marker(store.samples(id, at(0), at(1)).next()->value));
}

TEST_CASE("store: a range is closed on both sides") {
    Store store;
    const SeriesId id = store.intern(named("up", "web")).value();
    for (int s = 1; s <= 5; ++s) {
        store.append(id, at(s), s);
    }
    CHECK(values(store.samples(id, at(2), at(4))) == std::vector<double>{2, 3, 4});
    CHECK(values(store.samples(id, at(2) + milliseconds{1}, at(4))) == std::vector<double>{3, 4});
    CHECK(values(store.samples(id, at(6), at(9))).empty());
    CHECK(values(store.samples(id, at(4), at(2))).empty());
    CHECK(store.samples(id, at(3), at(3)).next()->at == at(3));
}

TEST_CASE("store: latest finds the newest sample not after an instant") {
    Store store;
    const SeriesId id = store.intern(named("up", "web")).value();
    CHECK_FALSE(store.latest(id, at(1)).has_value());
    store.append(id, at(1), 1);
    store.append(id, at(3), 3);
    CHECK_FALSE(store.latest(id, at(0)).has_value());
    CHECK(store.latest(id, at(1))->value == 1);
    CHECK(store.latest(id, at(2))->value == 1);
    CHECK(store.latest(id, at(2))->at == at(1));
    CHECK(store.latest(id, at(9))->value == 3);
}

TEST_CASE("store: samples older than the retention go as new ones come") {
    Store store;
    store.keep(seconds{10});
    const SeriesId id = store.intern(named("up", "web")).value();
    for (int s = 0; s < 1000; ++s) {
        store.append(id, at(s), s);
    }
    const auto kept = values(store.samples(id, at(0), at(2000)));
    CHECK(kept.size() == 11);
    CHECK(kept.front() == 989);
    CHECK(kept.back() == 999);
}

TEST_CASE("store: a retention that grows keeps what is still there") {
    Store store;
    store.keep(seconds{3});
    const SeriesId id = store.intern(named("up", "web")).value();
    for (int s = 0; s < 700; ++s) {
        store.append(id, at(s), s);
    }
    store.keep(seconds{100});
    for (int s = 700; s < 740; ++s) {
        store.append(id, at(s), s);
    }
    const auto kept = values(store.samples(id, at(0), at(1000)));
    CHECK(std::is_sorted(kept.begin(), kept.end()));
    CHECK(kept.front() <= 697);
    CHECK(kept.front() >= 660);
    CHECK(kept.back() == 739);
    CHECK(store.latest(id, at(698))->value == 698);
    CHECK_FALSE(store.latest(id, at(600)).has_value());
}

TEST_CASE("store: find by name and by other labels") {
    Store store;
    (void)store.intern(named("up", "web"));
    (void)store.intern(named("up", "api"));
    (void)store.intern(named("down", "web"));
    (void)store.intern(Labels{{"__name__", "bare"}});
    CHECK(found(store, {matcher("__name__", MatchOp::equal, "up")}) ==
          std::vector<std::string>{"up{job=\"api\"}", "up{job=\"web\"}"});
    CHECK(found(store,
                {matcher("__name__", MatchOp::equal, "up"),
                 matcher("job", MatchOp::not_equal, "api")}) ==
          std::vector<std::string>{"up{job=\"web\"}"});
    CHECK(found(store, {matcher("job", MatchOp::equal, "web")}) ==
          std::vector<std::string>{"down{job=\"web\"}", "up{job=\"web\"}"});
    CHECK(found(store,
                {matcher("__name__", MatchOp::regex, "up|down"),
                 matcher("job", MatchOp::regex, "w.*")}) ==
          std::vector<std::string>{"down{job=\"web\"}", "up{job=\"web\"}"});
    CHECK(found(store, {matcher("job", MatchOp::equal, "")}) == std::vector<std::string>{"bare"});
    CHECK(found(store, {matcher("__name__", MatchOp::equal, "gone")}).empty());
}

TEST_CASE("store: series nobody feeds expire, their ids stay harmless") {
    Store store;
    store.keep(seconds{10});
    const SeriesId gone = store.intern(named("up", "web")).value();
    const SeriesId kept = store.intern(named("up", "api")).value();
    (void)store.intern(named("empty", "api"));
    store.append(gone, at(0), 1);
    store.append(kept, at(5), 1);
    store.expire(at(11));
    CHECK(store.size() == 1);
    CHECK_FALSE(store.contains(gone));
    CHECK(store.contains(kept));
    CHECK(store.append(gone, at(12), 1) == Appended::dead_series);
    CHECK(values(store.samples(gone, at(0), at(99))).empty());
    CHECK(store.labels(gone).empty());
    CHECK(found(store, {matcher("__name__", MatchOp::equal, "up")}) ==
          std::vector<std::string>{"up{job=\"api\"}"});
    const SeriesId again = store.intern(named("up", "web")).value();
    CHECK_FALSE(again == gone);
    CHECK(store.append(again, at(12), 1) == Appended::stored);
    CHECK(store.counts().removed == 2);
    store.expire(at(500));
    CHECK(store.size() == 0);
}

TEST_CASE("store: a series may be kept for longer than its samples") {
    Store store;
    store.keep(seconds{10}, seconds{100});
    const SeriesId id = store.intern(named("up", "web")).value();
    for (int s = 0; s < 1000; ++s) {
        store.append(id, at(s), s);
    }
    CHECK(values(store.samples(id, at(0), at(2000))).size() == 11);
    store.expire(at(1099));
    CHECK(store.latest(id, at(1099))->value == 999);
    store.expire(at(1100));
    CHECK_FALSE(store.contains(id));
}

TEST_CASE("store: many series come and go without losing one another") {
    Store store;
    store.keep(seconds{1});
    for (int round = 0; round < 5; ++round) {
        for (int i = 0; i < 200; ++i) {
            const SeriesId id =
                store.intern(named("m" + std::to_string(i % 7), std::to_string(i + round * 100)))
                    .value();
            store.append(id, at(round * 10), i);
        }
        store.expire(at(round * 10));
        CHECK(store.size() == 200);
        CHECK(store.find(std::vector{matcher("__name__", MatchOp::equal, "m3")}).size() == 29);
    }
}

TEST_CASE("store: the series limit refuses new series in a sentence") {
    Store store{1};
    (void)store.intern(named("up", "web"));
    const auto refused = store.intern(named("up", "api"));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::out_of_capacity);
    CHECK(refused.error().message ==
          "the source already holds 1 series, its series_limit: refused up{job=\"api\"}");
    CHECK(store.intern(named("up", "web")).has_value());
}

TEST_CASE("store: a wall-clock jump shifts every instant") {
    Store store;
    const SeriesId id = store.intern(named("up", "web")).value();
    store.append(id, at(1), 1);
    store.rebase(seconds{3600});
    CHECK(store.latest(id, at(9999))->at == at(3601));
    CHECK(store.append(id, at(3602), 2) == Appended::stored);
    CHECK(values(store.samples(id, at(3601), at(3602))) == std::vector<double>{1, 2});
    store.rebase(-seconds{3600});
    CHECK(store.latest(id, at(9999))->at == at(2));
}

TEST_CASE("store: a group's number is used again when nobody adds to it and its series are gone") {
    Store store;
    const Group one = store.make_group();
    const Labels labels{{"__name__", "a"}, {"pod", "x"}};
    const SeriesId id = store.intern(labels, one).value();
    store.append(id, TimePoint{std::chrono::seconds{1}}, 1);
    store.drop_group(one);
    const Group two = store.make_group();
    CHECK(two != one);
    CHECK(store.intern(labels, two) == id);
    store.hold(two);
    CHECK(store.is_held(id));
    CHECK(store.make_group() == one);
    store.drop_group(two);
    CHECK_FALSE(store.is_held(id));
    store.expire(TimePoint{std::chrono::hours{1}});
    CHECK(store.size() == 0);
    CHECK(store.make_group() == two);
}
