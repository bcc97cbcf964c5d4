// Wanted: what the expressions asked of a source can read, so that nothing else of a page is
// stored. Each change gets a number, by which scrapers know that their verdicts are out of date and
// readers that a series is stored from a later page on.
#pragma once

#include <cstdint>
#include <vector>

#include "metrics/matcher.h"
#include "policy/vocab/labels.h"

namespace tided::metrics {

class Wanted {
public:
    using Selector = std::vector<Matcher>;

    /// Replaces what is wanted.
    void set(const std::vector<Selector>& selectors);

    /// Whether a series of these labels is wanted.
    [[nodiscard]] bool matches(const Labels& labels) const;

    /// The number of the change that brought this selector. REQUIRES: it is wanted.
    [[nodiscard]] std::uint32_t since(const Selector& selector) const;

    /// The number of the last change; 0 while nothing was ever wanted.
    [[nodiscard]] std::uint32_t version() const { return version_; }

private:
    struct Entry {
        Selector selector;
        std::uint32_t since = 0;
    };

    std::vector<Entry> entries_;
    std::uint32_t version_ = 0;
};

}  // namespace tided::metrics
