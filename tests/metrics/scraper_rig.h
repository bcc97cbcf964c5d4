// ScraperRig: one target "h:1" of source "web", and its store as text.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "metrics/number.h"
#include "metrics/scraper.h"
#include "tests/support/fake_metrics_transport.h"

namespace tided::metrics::test {

inline TimePoint at(int s) {
    return TimePoint{std::chrono::seconds{1'000'000 + s}};
}

inline Target first_target(const ScrapeSpec& spec) {
    return judged(spec, Relabelling{}, listed_targets(spec).front()).target;
}

struct ScraperRig {
    ScrapeSpec spec;
    Store store;
    std::unique_ptr<Scraper> scraper;

    explicit ScraperRig(ScrapeSpec with = {}, std::size_t series_limit = Store::unlimited)
        : spec(std::move(with)), store(series_limit) {
        spec.name = "web";
        spec.targets = {"h:1"};
        scraper = std::make_unique<Scraper>(spec, first_target(spec), store);
    }

    Fetched take(const Answer& answer, int s) { return scraper->take(answer, at(s)); }

    // "1 2 stale" of the one series of this name (with these labels, when given).
    std::string values(const std::string& name, const Labels& labels = {}) {
        std::vector<Matcher> matchers{Matcher::make("__name__", MatchOp::equal, name).value()};
        for (const Label& label : labels) {
            matchers.push_back(Matcher::make(label.name, MatchOp::equal, label.value).value());
        }
        const auto ids = store.find(matchers);
        if (ids.size() != 1) {
            return std::to_string(ids.size()) + " series";
        }
        std::string text;
        Cursor cursor = store.samples(ids.front(), at(-1000), at(5000));
        while (const auto sample = cursor.next()) {
            text += text.empty() ? "" : " ";
            text += is_stale_marker(sample->value) ? "stale" : format_number(sample->value);
        }
        return text;
    }

    std::vector<std::string> series() {
        std::vector<std::string> texts;
        for (const SeriesId id : store.find({})) {
            texts.push_back(to_string(store.labels(id)));
        }
        std::sort(texts.begin(), texts.end());
        return texts;
    }
};

}  // namespace tided::metrics::test
