// Postings: which series of a metric have a value of a label. Thousands of selectors that differ in
// that value would each walk all series of the metric whenever one comes or goes; here they are
// sorted once. Only when several ask: to sort costs more than to walk a few times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "metrics/matcher.h"
#include "metrics/store.h"

namespace tided::metrics {

class Postings {
public:
    /// What store.find(matchers) finds, in no particular order.
    [[nodiscard]] std::vector<SeriesId> find(const Store& store, std::span<const Matcher> matchers);

private:
    using ByValue = std::unordered_map<std::string_view, std::vector<SeriesId>>;

    struct Family {
        std::size_t asked = 0;
        std::unordered_map<std::string, ByValue> labels;
    };

    [[nodiscard]] static ByValue sorted(const Store& store,
                                        const Matcher& name,
                                        const std::string& label);

    const Store* store_ = nullptr;  ///< whose series they are, and at which version
    std::uint64_t version_ = 0;
    std::unordered_map<std::string, Family> families_;  ///< by metric name
};

}  // namespace tided::metrics
