// Scraper: what a page may not do: too many samples or series, stamps that are not of now.
#include <doctest/doctest.h>

#include "metrics/scraper.h"
#include "tests/metrics/scraper_rig.h"

using namespace tided;
using namespace tided::metrics;
using namespace tided::metrics::test;
using std::chrono::seconds;

TEST_CASE("scraper: more samples than the limit refuse the page whole") {
    ScrapeSpec small;
    small.sample_limit = 2;
    ScraperRig bench{small};
    CHECK(bench.take(text_page("# HELP a x\na 1\nb 1\n"), 1).status.has_value());
    const Fetched over = bench.take(text_page("# HELP a x\na 2\nb 2\nc 2\n"), 2);
    REQUIRE_FALSE(over.status.has_value());
    CHECK(over.status.error().code == ErrorCode::out_of_capacity);
    CHECK(over.status.error().message ==
          "scraping http://h:1/metrics: reading the page: it has more than 2 samples, the "
          "source's sample_limit: refused whole");
    CHECK(over.limit == "sample_limit");
    CHECK(bench.values("a") == "1");
    CHECK(bench.values("c") == "0 series");
}

TEST_CASE("scraper: more series than the source may hold refuse the page whole") {
    ScraperRig bench{{}, 6};
    CHECK(bench.take(text_page("a 1\nb 1\n"), 1).status.has_value());
    const Fetched over = bench.take(text_page("a 2\nb 2\nc 2\n"), 2);
    REQUIRE_FALSE(over.status.has_value());
    CHECK(over.status.error().message ==
          "scraping http://h:1/metrics: the source already holds 6 series, its series_limit: "
          "refused c{instance=\"h:1\",job=\"web\"}");
    CHECK(over.limit == "series_limit");
    CHECK(bench.values("a") == "1");
}

TEST_CASE("scraper: a page that explodes leaves room for the other targets") {
    ScraperRig bench{{}, 12};
    CHECK(bench.take(text_page("a 1\n"), 1).status.has_value());
    CHECK(bench.store.size() == 5);
    std::string page = "a 2\n";
    for (int i = 0; i < 100; ++i) {
        page += "x{i=\"" + std::to_string(i) + "\"} 1\n";
    }
    CHECK_FALSE(bench.take(text_page(page), 2).status.has_value());
    CHECK(bench.store.size() == 5);
    CHECK(bench.store.counts().created == 5);
    CHECK(bench.store.counts().removed == 0);
    ScrapeSpec other = bench.spec;
    other.targets = {"i:1"};
    Scraper second{other, first_target(other), bench.store};
    CHECK(second.take(text_page("a 1\nb 1\n"), at(3)).status.has_value());
    CHECK(bench.values("b") == "1");
    CHECK(bench.take(text_page("a 4\n"), 4).status.has_value());
    CHECK(bench.values("a", {{"instance", "h:1"}}) == "1 4");
}

TEST_CASE("scraper: timestamps of the page are honoured, or not") {
    const std::string stamp = std::to_string(at(-3).time_since_epoch().count());
    {
        ScraperRig bench;
        bench.take(text_page("a 1 " + stamp + "\n"), 1);
        const auto id =
            bench.store.find(std::vector{Matcher::make("__name__", MatchOp::equal, "a").value()});
        REQUIRE(id.size() == 1);
        CHECK(bench.store.latest(id[0], at(9))->at == at(-3));
    }
    ScrapeSpec own_time;
    own_time.honor_timestamps = false;
    ScraperRig deaf{own_time};
    deaf.take(text_page("a 1 " + stamp + "\n"), 1);
    const auto id =
        deaf.store.find(std::vector{Matcher::make("__name__", MatchOp::equal, "a").value()});
    CHECK(deaf.store.latest(id[0], at(9))->at == at(1));
}

TEST_CASE("scraper: series with their own timestamps end without a marker") {
    ScraperRig bench;
    const std::string stamp = std::to_string(at(0).time_since_epoch().count());
    bench.take(text_page("a 1 " + stamp + "\nb 1\n"), 1);
    bench.take(refused(), 2);
    CHECK(bench.values("a") == "1");
    CHECK(bench.values("b") == "1 stale");
}

TEST_CASE("scraper: a stamp ahead of our clock is a sample of now, once") {
    const auto stamped = [](int value, int s) {
        return text_page("a " + std::to_string(value) + " " +
                         std::to_string(at(s).time_since_epoch().count()) + "\n");
    };
    ScraperRig bench;
    const auto newest = [&bench] {
        const auto ids =
            bench.store.find(std::vector{Matcher::make("__name__", MatchOp::equal, "a").value()});
        return bench.store.latest(ids.at(0), at(5000))->at;
    };
    bench.take(stamped(1, 301), 1);
    CHECK(newest() == at(1));
    bench.take(stamped(2, 302), 2);
    CHECK(newest() == at(2));
    // The exporter's numbers stand still: the same sample again, also when we are past it.
    bench.take(stamped(2, 302), 3);
    bench.take(stamped(2, 302), 302);
    bench.take(stamped(2, 302), 310);
    CHECK(newest() == at(2));
    CHECK(bench.values("a") == "1 2");
    CHECK(bench.store.counts().clamped == 2);
    bench.take(stamped(5, 311), 312);
    bench.take(stamped(5, 311), 313);
    CHECK(newest() == at(311));
    CHECK(bench.values("a") == "5");
    CHECK(bench.store.counts().out_of_range == 0);
}

TEST_CASE("scraper: samples from the far future are dropped, they would hide the present") {
    ScraperRig bench;
    const std::string ahead =
        std::to_string((at(1) + std::chrono::hours{1}).time_since_epoch().count());
    bench.take(text_page("a 1 " + ahead + "\n"), 1);
    bench.take(text_page("a 2\n"), 2);
    bench.take(text_page("a 3 9223372036854775807\n"), 3);
    bench.take(openmetrics_page("a 4 -1e300\n# EOF\n"), 4);
    CHECK(bench.values("a") == "2");
    CHECK(bench.store.counts().out_of_range == 3);
}

TEST_CASE("scraper: bad lines that no expression reads are counted once a strict reading") {
    Wanted wanted;
    wanted.set({{Matcher::make("__name__", MatchOp::equal, "a").value()}});
    ScraperRig bench;
    Scraper scraper{bench.spec, first_target(bench.spec), bench.store, &wanted};
    for (int s = 1; s <= 3; ++s) {
        const Fetched fetched = scraper.take(text_page("a 1\nb x\n# TYPE c y\n"), at(s));
        CHECK(fetched.status.has_value());
        CHECK(fetched.warning ==
              "lines that no expression reads are bad and were passed over, 2 of them; the first: "
              "2:3: expected a number as the value, got \"x\"");
    }
    CHECK(bench.store.counts().malformed == 2);
    CHECK(bench.values("a") == "1 1 1");
}

TEST_CASE("scraper: labels over their number or length refuse the page whole") {
    ScrapeSpec few;
    few.label_limit = 4;
    few.label_length_limit = 16;
    ScraperRig bench{few};
    CHECK(bench.take(text_page("a{b=\"1\"} 1\n"), 1).status.has_value());
    const Fetched many = bench.take(text_page("a{b=\"1\"} 2\nc{d=\"1\",e=\"1\"} 1\n"), 2);
    REQUIRE_FALSE(many.status.has_value());
    CHECK(many.limit == "label_limit");
    CHECK(many.status.error().message ==
          "scraping http://h:1/metrics: a series of c has 5 labels, the source's label_limit is 4: "
          "refused whole");
    const Fetched longer = bench.take(text_page("a{b=\"12345678901234567\"} 1\n"), 3);
    REQUIRE_FALSE(longer.status.has_value());
    CHECK(longer.limit == "label_length_limit");
    CHECK(longer.status.error().message ==
          "scraping http://h:1/metrics: the label b of a series has 17 bytes, the source's "
          "label_length_limit is 16: refused whole");
    CHECK(bench.values("a") == "1");
    CHECK(bench.take(text_page("a{b=\"1\"} 4\n"), 4).limit.empty());
    CHECK(bench.values("a") == "1 4");
}

TEST_CASE("scraper: a source whose series and samples fill its memory takes no new series") {
    constexpr std::size_t limit = 40'000;
    ScrapeSpec spec;
    spec.name = "web";
    Store store{Store::unlimited, limit};
    Scraper scraper{spec, {.url = "http://h", .shown = "http://h"}, store};
    std::string page;
    Fetched fetched;
    int series = 0;
    for (int s = 1; s < 1000 && (s == 1 || fetched.status); ++s) {
        page += "a{i=\"" + std::to_string(++series) + "\"} 1\n";
        fetched = scraper.take(text_page(page), at(s));
    }
    REQUIRE_FALSE(fetched.status.has_value());
    CHECK(fetched.limit == "memory_limit");
    CHECK(fetched.status.error().message.find("bytes of series and samples, its memory_limit: "
                                              "refused a{i=\"") != std::string::npos);
    CHECK(store.bytes() >= limit);
    CHECK(store.bytes() < limit + 4096);
    CHECK(scraper.take(text_page("a{i=\"1\"} 5\n"), at(2000)).status.has_value());
}
