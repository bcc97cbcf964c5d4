// SharedParts: what several expressions on one store have in common is evaluated once an instant.
//
//   sum by (app) (rate(x[1m])) / 2     max(sum by (app) (rate(x[1m])))     share the sum by app
//
// A part is an aggregation or a function of a range, told apart by its canonical text, and worth
// keeping when more expressions have it than have the shared part around it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "metrics/postings.h"
#include "metrics/promql/items.h"
#include "metrics/store.h"
#include "policy/vocab/time.h"

namespace tided::metrics::promql {

class SharedParts {
public:
    using Number = std::uint32_t;

    /// What a value holds for: the samples of a store as seen from an instant.
    struct Instant {
        const Store* store = nullptr;
        std::uint64_t version = 0;
        std::uint64_t appended = 0;
        TimePoint now{};
        Held held = Held::at_last;

        friend bool operator==(const Instant&, const Instant&) = default;
    };

    struct Value {
        Items items;
        bool window_short = false;
        Origin consulted{};
    };

    /// One more expression has the part of this canonical text.
    [[nodiscard]] Number add(const std::string& text);
    /// One fewer. REQUIRES: a number that add() gave.
    void remove(Number part);

    [[nodiscard]] std::size_t users(Number part) const { return parts_[part].users; }

    /// The part's value at this instant, or null. It holds until keep() or remove().
    [[nodiscard]] const Value* find(Number part, const Instant& instant) const;
    void keep(Number part, const Instant& instant, const Value& value);

    /// Of the series that their selectors find.
    [[nodiscard]] Postings& postings() { return postings_; }

    /// Different parts in use.
    [[nodiscard]] std::size_t size() const { return numbers_.size(); }

private:
    struct Part {
        std::string text;
        std::size_t users = 0;
        Instant instant{};
        Value value{};
    };

    std::vector<Part> parts_;
    std::vector<Number> free_;
    std::unordered_map<std::string, Number> numbers_;
    Postings postings_;
};

}  // namespace tided::metrics::promql
