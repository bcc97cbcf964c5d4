// Two thousand targets of one source that all become others, again and again: what is kept for
// them is bounded by how many there are, not by how many there were.
#include <algorithm>
#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "metrics/scrape_lanes.h"
#include "tests/metrics/scraper_rig.h"

using namespace tided;
using namespace tided::metrics;
using namespace tided::metrics::test;

namespace {

constexpr int targets = 2000;
constexpr std::size_t series_each = 2;  // its own one, and up

struct Bench {
    ScrapeSpec spec{.name = "apps"};
    Store store;
    Wanted wanted;
    ScrapeLanes lanes{spec, store, wanted};
    TargetSet set{spec, Relabelling{}};
    TargetSet::Change change{};

    Bench() {
        wanted.set({{Matcher::make("__name__", MatchOp::equal, "load").value()},
                    {Matcher::make("__name__", MatchOp::equal, "up").value()}});
    }

    /// All targets are others now, each in a place of its own: they were there for an hour.
    void turn_over(int round) {
        std::vector<Found> news;
        for (int i = 0; i < targets; ++i) {
            const std::string number = std::to_string(i);
            const std::string name = "pod-" + std::to_string(round) + "-" + number;
            news.push_back(
                {.place = "pod/" + std::to_string(round - 1) + "-" + number, .targets = {}});
            news.push_back({.place = "pod/" + std::to_string(round) + "-" + number,
                            .targets = {{{"__address__", name + ":80"}}}});
        }
        change = set.take(news);
        const auto sizes = std::pair{change.come.size(), change.gone.size()};
        std::vector<std::weak_ptr<ScrapeLane>> former;
        for (std::size_t number = 0; number < lanes.numbers(); ++number) {
            former.emplace_back(lanes.at(number));
        }
        lanes.change(std::move(change));
        CHECK(sizes == std::pair<std::size_t, std::size_t>{targets, round == 0 ? 0 : targets});
        lanes.end_gone(at(round * 3600));
        CHECK(std::all_of(
            former.begin(), former.end(), [](const auto& lane) { return lane.expired(); }));
        CHECK(former.size() == sizes.second);
        CHECK(lanes.take_moved().size() == sizes.first + sizes.second);
        scrape(round * 3600 + 1);
        scrape(round * 3600 + 3000);
        store.expire(at(round * 3600 + 3001));
    }

    void scrape(int s) {
        for (std::size_t number = 0; number < lanes.numbers(); ++number) {
            if (const auto& lane = lanes.at(number)) {
                (void)lane->scraper.take(page, at(s));
            }
        }
    }

    Answer page = text_page("load{path=\"/\"} 1\n");
};

}  // namespace

TEST_CASE("turnover: two thousand targets become others again and again and leave nothing") {
    Bench bench;
    std::size_t bytes = 0;
    for (int round = 0; round < 4; ++round) {
        bench.turn_over(round);
        CHECK(bench.set.size() == targets);
        CHECK(bench.lanes.size() == targets);
        CHECK(bench.lanes.numbers() == targets);
        CHECK(bench.lanes.failing() == 0);
        CHECK(bench.store.size() == targets * series_each);
        if (round < 2) {
            bytes = std::max(bytes, bench.store.bytes());
        }
        CHECK(bench.store.bytes() <= bytes);
    }
    CHECK(bench.store.make_group() <= 2 * targets + 1);
}
