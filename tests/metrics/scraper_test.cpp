// Scraper: pages into the store; what ends a series; all or nothing; the known path.
#include "metrics/scraper.h"

#include <doctest/doctest.h>

#include "tests/metrics/scraper_rig.h"

using namespace tided;
using namespace tided::metrics;
using namespace tided::metrics::test;
using std::chrono::seconds;

TEST_CASE("scraper: asks for OpenMetrics first and tells its timeout") {
    ScraperRig bench;
    const Get request = bench.scraper->request();
    CHECK(request.url == "http://h:1/metrics");
    CHECK(request.accept ==
          "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,"
          "*/*;q=0.1");
    REQUIRE(request.headers.size() == 1);
    CHECK(request.headers[0].first == "X-Prometheus-Scrape-Timeout-Seconds");
    CHECK(request.headers[0].second == "3");
}

TEST_CASE("scraper: a page becomes series with job and instance, and Prometheus' own five") {
    ScraperRig bench;
    const Fetched fetched =
        bench.take(text_page("# TYPE a counter\na{x=\"1\"} 1\nb{instance=\"z\"} 2\n"), 1);
    bench.scraper->measured(Duration{250});
    CHECK(fetched.status.has_value());
    CHECK(fetched.samples == 2);
    CHECK(fetched.bytes == 46);
    CHECK(bench.series() ==
          std::vector<std::string>{
              "a{instance=\"h:1\",job=\"web\",x=\"1\"}",
              "b{exported_instance=\"z\",instance=\"h:1\",job=\"web\"}",
              "scrape_duration_seconds{instance=\"h:1\",job=\"web\"}",
              "scrape_samples_post_metric_relabeling{instance=\"h:1\",job=\"web\"}",
              "scrape_samples_scraped{instance=\"h:1\",job=\"web\"}",
              "scrape_series_added{instance=\"h:1\",job=\"web\"}",
              "up{instance=\"h:1\",job=\"web\"}"});
    CHECK(bench.values("up") == "1");
    CHECK(bench.values("scrape_duration_seconds") == "0.25");
    CHECK(bench.values("scrape_samples_scraped") == "2");
    CHECK(bench.values("scrape_samples_post_metric_relabeling") == "2");
    CHECK(bench.values("scrape_series_added") == "2");
}

TEST_CASE("scraper: of up and its like, what is wanted is kept, from the next scrape on") {
    const auto named = [](const char* name) {
        return Wanted::Selector{Matcher::make("__name__", MatchOp::equal, name).value()};
    };
    ScraperRig bench;
    Wanted wanted;
    bench.scraper =
        std::make_unique<Scraper>(bench.spec, first_target(bench.spec), bench.store, &wanted);
    bench.take(text_page("a 1\n"), 1);
    CHECK(bench.series().empty());
    wanted.set({named("up"), {Matcher::make("instance", MatchOp::equal, "other").value()}});
    bench.take(text_page("a 1\n"), 2);
    CHECK(bench.series() == std::vector<std::string>{"up{instance=\"h:1\",job=\"web\"}"});
    wanted.set({named("scrape_samples_scraped")});
    bench.take(text_page("a 1\n"), 3);
    CHECK(bench.values("up") == "1");
    CHECK(bench.values("scrape_samples_scraped") == "1");
    wanted.set({named("up")});
    bench.take(refused(), 4);
    CHECK(bench.values("up") == "1 0");
    CHECK(bench.values("scrape_samples_scraped") == "1");
}

TEST_CASE("scraper: a second page adds samples and no series") {
    ScraperRig bench;
    bench.take(text_page("# HELP a x\na 1\nb 1\n"), 1);
    bench.take(text_page("# HELP a x\na 2\nb 3\n"), 2);
    CHECK(bench.values("a") == "1 2");
    CHECK(bench.values("b") == "1 3");
    CHECK(bench.values("scrape_series_added") == "2 0");
    CHECK(bench.store.size() == 6);
}

TEST_CASE("scraper: lines that move, come and go are followed") {
    ScraperRig bench;
    bench.take(text_page("a 1\nb 1\nc 1\nd 1\n"), 1);
    bench.take(text_page("d 2\nc 2\na 2\nb 2\n"), 2);
    bench.take(text_page("a 3\nx 3\nb 3\nd 3\n"), 3);
    bench.take(text_page("a 4\nx 4\nb 4\nc 4\nd 4\n"), 4);
    CHECK(bench.values("a") == "1 2 3 4");
    CHECK(bench.values("b") == "1 2 3 4");
    CHECK(bench.values("c") == "1 2 stale 4");
    CHECK(bench.values("d") == "1 2 3 4");
    CHECK(bench.values("x") == "3 4");
}

TEST_CASE("scraper: the same series written otherwise does not end") {
    ScraperRig bench;
    bench.take(text_page("a{x=\"1\",y=\"2\"} 1\n"), 1);
    bench.take(text_page("a{y=\"2\",x=\"1\"} 2\n"), 2);
    bench.take(text_page("a { x = \"1\", y = \"2\" } 3\n"), 3);
    CHECK(bench.values("a") == "1 2 3");
}

TEST_CASE("scraper: a series twice on a page keeps its first value") {
    ScraperRig bench;
    for (int s = 1; s <= 3; ++s) {
        bench.take(text_page("a 1\na 7\nb 1\n"), s);
    }
    CHECK(bench.values("a") == "1 1 1");
    CHECK(bench.values("b") == "1 1 1");
    CHECK(bench.store.counts().conflicting == 3);
}

TEST_CASE("scraper: a refused connection ends every series once, up is 0") {
    ScraperRig bench;
    bench.take(text_page("a 1\nb 1\n"), 1);
    const Fetched failed = bench.take(refused(), 2);
    bench.take(refused(), 3);
    bench.take(text_page("a 4\nb 4\n"), 4);
    REQUIRE_FALSE(failed.status.has_value());
    CHECK(failed.status.error().code == ErrorCode::unavailable);
    CHECK(failed.status.error().message ==
          "scraping http://h:1/metrics: connecting: connection refused");
    CHECK(bench.values("a") == "1 stale 4");
    CHECK(bench.values("b") == "1 stale 4");
    CHECK(bench.values("up") == "1 0 0 1");
    CHECK(bench.values("scrape_samples_scraped") == "2 0 0 2");
}

TEST_CASE("scraper: a failure that is no refusal ends nothing until the target is given up") {
    ScraperRig bench;
    bench.take(text_page("a 1\nb 1\n"), 1);
    bench.take(timed_out(), 2);
    CHECK(bench.values("a") == "1");
    CHECK(bench.values("up") == "1 0");
    bench.take(text_page("a 3\n"), 3);
    CHECK(bench.values("a") == "1 3");
    CHECK(bench.values("b") == "1 stale");
    bench.take(status_page(503), 4);
    bench.take(truncated(), 303);
    CHECK(bench.values("a") == "1 3");
    bench.take(timed_out(), 304);
    CHECK(bench.values("a") == "stale");
    bench.take(timed_out(), 305);
    CHECK(bench.values("a") == "stale");
}

TEST_CASE("scraper: what the target says is known from a page, a refusal, or when given up") {
    ScraperRig page;
    CHECK_FALSE(page.scraper->is_known());
    page.take(timed_out(), 1);
    CHECK_FALSE(page.scraper->is_known());
    page.take(text_page("a 1\n"), 2);
    CHECK(page.scraper->is_known());
    ScraperRig refusal;
    refusal.take(refused(), 1);
    CHECK(refusal.scraper->is_known());
    ScraperRig by_proxy;
    by_proxy.take(fail(ErrorCode::unavailable,
                       "through the proxy: connecting to p:1: connection refused by it"),
                  1);
    CHECK_FALSE(by_proxy.scraper->is_known());
    ScraperRig lost;
    lost.take(timed_out(), 1);
    lost.take(timed_out(), 300);
    CHECK_FALSE(lost.scraper->is_known());
    lost.scraper->rebase(seconds{-3600});
    lost.take(timed_out(), 301 - 3600);
    CHECK(lost.scraper->is_known());
}

TEST_CASE("scraper: every kind of failure is told with the target") {
    struct Row {
        Answer answer;
        const char* message;
    };
    const Row rows[] = {
        {timed_out(), "scraping http://h:1/metrics: reading the answer: timed out"},
        {truncated(), "scraping http://h:1/metrics: reading the answer: the body ended early"},
        {status_page(503), "scraping http://h:1/metrics: expected HTTP status 200, got 503"},
        {html_page(),
         "scraping http://h:1/metrics: expected an exposition page, got an HTML page: is the path "
         "right?"},
        {text_page("a 1\nb x\n"),
         "scraping http://h:1/metrics: reading the page: 2:3: expected a number as the value, got "
         "\"x\""},
        {openmetrics_page("a 1\n"),
         "scraping http://h:1/metrics: reading the page: 2:1: expected \"# EOF\" as the last line, "
         "got the end of the page"},
    };
    for (const Row& row : rows) {
        INFO(row.message);
        ScraperRig bench;
        bench.take(text_page("a 1\n"), 1);
        const Fetched fetched = bench.take(row.answer, 2);
        REQUIRE_FALSE(fetched.status.has_value());
        CHECK(fetched.status.error().message == row.message);
        CHECK(fetched.samples == 0);
        CHECK(bench.values("a") == "1");
        CHECK(bench.values("up") == "1 0");
    }
}

TEST_CASE("scraper: a failure does not show the target's query") {
    ScraperRig bench;
    ScrapeSpec spec = bench.spec;
    spec.targets = {"http://h:1/m?token=secret"};
    Scraper scraper{spec, first_target(spec), bench.store};
    CHECK(scraper.request().url == "http://h:1/m?token=secret");
    CHECK(scraper.take(timed_out(), at(1)).status.error().message ==
          "scraping http://h:1/m: reading the answer: timed out");
}

TEST_CASE("scraper: an error in the middle of a page commits nothing of it") {
    ScraperRig bench;
    bench.take(text_page("a 1\nb 1\n"), 1);
    bench.take(text_page("a 2\nnew 2\nb x\n"), 2);
    CHECK(bench.values("a") == "1");
    CHECK(bench.values("new") == "0 series");
    bench.take(text_page("a 3\nnew 3\nb 3\n"), 3);
    CHECK(bench.values("a") == "1 3");
    CHECK(bench.values("new") == "3");
}

TEST_CASE("scraper: a target that changes its format keeps its series") {
    ScraperRig bench;
    bench.take(text_page("# TYPE a gauge\na 1\nb 1\n"), 1);
    bench.take(openmetrics_page("# TYPE a gauge\na 2\n# EOF\n"), 2);
    bench.take(openmetrics_page("# TYPE a gauge\na 3\n# EOF\n"), 3);
    CHECK(bench.values("a") == "1 2 3");
    CHECK(bench.values("b") == "1 stale");
}

TEST_CASE("scraper: a format change on a page that cannot be read loses nothing") {
    ScraperRig bench;
    bench.take(text_page("a 1\nb 1\nc 1\n"), 1);
    bench.take(openmetrics_page("a 2\n"), 2);
    bench.take(text_page("a 3\nb 3\n"), 3);
    bench.take(openmetrics_page("a 4\n"), 4);
    bench.take(openmetrics_page("a 5\n# EOF\n"), 5);
    CHECK(bench.values("a") == "1 3 5");
    CHECK(bench.values("b") == "1 3 stale");
    CHECK(bench.values("c") == "1 stale");
}

TEST_CASE("scraper: series that expired in the store are made again when they come back") {
    ScraperRig bench;
    bench.store.keep(seconds{10});
    bench.take(text_page("a 1\nb 1\n"), 1);
    bench.take(refused(), 2);
    bench.store.expire(at(100));
    CHECK(bench.store.size() == 0);
    bench.take(text_page("a 2\nb 2\n"), 101);
    CHECK(bench.values("a") == "2");
    CHECK(bench.values("up") == "1");
}

TEST_CASE("scraper: what has gone from the pages is forgotten in the end") {
    ScraperRig bench;
    for (int s = 0; s < 50; ++s) {
        std::string page = "stays 1\n";
        for (int i = 0; i < 20; ++i) {
            page += "churn{pod=\"" + std::to_string(s * 20 + i) + "\"} 1\n";
        }
        CHECK(bench.take(text_page(page), s).status.has_value());
    }
    CHECK(bench.values("churn", {{"pod", "0"}}) == "1 stale");
    CHECK(bench.values("churn", {{"pod", "999"}}) == "1");
    std::string all_ones;
    for (int s = 0; s < 50; ++s) {
        all_ones += s == 0 ? "1" : " 1";
    }
    CHECK(bench.values("stays") == all_ones);
}

TEST_CASE("scraper: exemplars are read over, NaN is a value") {
    ScraperRig bench;
    for (int s = 1; s <= 2; ++s) {
        bench.take(openmetrics_page("a_total 1 # {id=\"x\"} 4\nb NaN\n# EOF\n"), s);
    }
    CHECK(bench.values("a_total") == "1 1");
    CHECK(bench.values("b") == "NaN NaN");
}
