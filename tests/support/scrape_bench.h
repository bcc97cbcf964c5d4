// ScrapeBench: a scrape source of listed targets over a scripted world; instants are seconds.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "metrics/sources.h"
#include "tests/support/fake_metrics_transport.h"
#include "tests/support/run_awaitable.h"

namespace tided::metrics::test {

inline TimePoint at(int s) {
    return TimePoint{std::chrono::seconds{1'000'000 + s}};
}

inline Reading part_of(double value) {
    return {.value = value, .freshness = Freshness::partial, .absence = Absence::none};
}

inline constexpr const char* first_url = "http://a:1/metrics";
inline constexpr const char* second_url = "http://b:1/metrics";

struct ScrapeBench {
    FakeMetricsTransport world;
    std::unique_ptr<Source> source;
    boost::asio::io_context io;

    explicit ScrapeBench(std::vector<std::string> targets = {"a:1", "b:1"}) {
        ScrapeSpec spec;
        spec.name = "apps";
        spec.interval = std::chrono::seconds{1};
        spec.targets = std::move(targets);
        source = make_source(std::move(spec), world);
    }

    Fetched fetch(std::size_t lane, int s) {
        return testing::run(io, source->fetch(lane, at(s), Deadline{}));
    }
    void fetch_all(int s) {
        for (std::size_t lane = 0; lane < source->lanes(); ++lane) {
            (void)fetch(lane, s);
        }
    }
    void demand(const std::string& expression) {
        REQUIRE(source->demand({{.expression = expression, .max_age = std::chrono::seconds{30}}})
                    .has_value());
    }
};

}  // namespace tided::metrics::test
