// Wanted: what the expressions asked of a source can read, so that nothing else of a page is
// stored. Each change gets a number, by which scrapers know that their verdicts are out of date and
// readers that a series is stored from a later page on.
//
// Thousands of policies may ask for one metric, each with a value of its own of some label. Of the
// labels that selectors pin, the one with the most values tells them apart, so that a series is
// held against a few of them.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
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
    [[nodiscard]] bool matches(std::span<const LabelView> labels) const;

    /// Whether a series of this metric name may be, whatever its other labels.
    [[nodiscard]] bool may_want(std::string_view name) const;

    /// The number of the change that brought this selector. REQUIRES: it is wanted.
    [[nodiscard]] std::uint32_t since(const Selector& selector) const;

    /// The number of the last change; 0 while nothing was ever wanted.
    [[nodiscard]] std::uint32_t version() const { return version_; }

private:
    struct Entry {
        Selector selector;
        std::uint32_t since = 0;
    };

    struct Hash : std::hash<std::string_view> {
        using is_transparent = void;
    };
    template <typename Value>
    using ByText = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;
    using Places = std::vector<std::uint32_t>;  ///< into entries_

    /// The selectors of one metric name.
    struct Family {
        std::string label;    ///< that tells them apart; "" when they pin none
        ByText<Places> told;  ///< by the value of it that they pin
        Places others;        ///< they do not pin it
    };

    void sort_in(Family& family, const Places& places) const;
    [[nodiscard]] bool matches_any(const Places& places, std::span<const LabelView> labels) const;

    std::vector<Entry> entries_;
    ByText<std::uint32_t> places_;  ///< of selectors, by their text
    ByText<Family> named_;          ///< by __name__="..."
    Places unnamed_;                ///< all others
    std::uint32_t version_ = 0;
};

}  // namespace tided::metrics
