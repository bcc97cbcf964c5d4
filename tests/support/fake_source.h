// FakeSource: a source whose readings the test sets; it fetches nothing.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "metrics/source.h"

namespace tided::testing {

class FakeSource : public metrics::Source {
public:
    std::map<std::string, Reading> readings;  ///< by expression; absent: no_series
    std::map<std::string, std::vector<metrics::Measured>> elements;  ///< the same
    metrics::SourceHealth said{.lanes = 1, .failing = 0, .last_error = ""};
    Duration rebased{};

    Status demand(std::vector<metrics::Query> queries) override {
        queries_ = std::move(queries);
        return {};
    }
    [[nodiscard]] std::size_t lanes() const override { return said.lanes; }
    [[nodiscard]] TimePoint next(std::size_t /*lane*/, TimePoint after) const override {
        return after + std::chrono::seconds{1};
    }
    boost::asio::awaitable<metrics::Fetched> fetch(std::size_t /*lane*/,
                                                   TimePoint /*now*/,
                                                   Deadline /*deadline*/) override {
        co_return metrics::Fetched{};
    }
    [[nodiscard]] Duration timeout() const override { return std::chrono::seconds{1}; }
    Reading read(std::size_t index, TimePoint /*now*/) override {
        const auto at = readings.find(queries_.at(index).expression);
        return at == readings.end() ? Reading::absent(Absence::no_series) : at->second;
    }
    metrics::Measurements measure(std::size_t index, TimePoint /*now*/) override {
        const auto at = elements.find(queries_.at(index).expression);
        return at == elements.end()
                   ? metrics::Measurements{.absence = Absence::no_series}
                   : metrics::Measurements{.all = at->second, .absence = Absence::none};
    }
    [[nodiscard]] metrics::SourceHealth health() const override { return said; }
    void rebase(Duration jump) override { rebased += jump; }

private:
    std::vector<metrics::Query> queries_;
};

}  // namespace tided::testing
