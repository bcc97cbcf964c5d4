// UnwantedLines: steps over the lines of a page that no expression reads, by their metric names, at
// the speed of finding a line's end. Metadata is among them.
//
// A line is stepped over only when it is plain that it ends where the line end stands, and not
// inside a label's value or quoted name: behind closed braces come only what values and timestamps
// are made of.
// All else is left where it is, for the parser.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "metrics/wanted.h"

namespace tided::metrics {

class UnwantedLines {
public:
    /// Without `wanted`, every series is wanted. REQUIRES: it outlives this.
    explicit UnwantedLines(const Wanted* wanted) : wanted_(wanted) {}

    /// Begins a page, which must outlive the reading of it.
    void begin(const char* end);

    /// The first line from the line start `at` on that is not stepped over. `samples` grows by the
    /// series stepped over.
    [[nodiscard]] const char* step_over(const char* at, std::size_t& samples);

    [[nodiscard]] bool are_possible() const { return wanted_ != nullptr; }
    [[nodiscard]] bool are_of(std::string_view name) const {
        return wanted_ != nullptr && !wanted_->may_want(name);
    }

private:
    [[nodiscard]] const char* name_end(const char* at);
    [[nodiscard]] const char* series_end(const char* name_end) const;
    [[nodiscard]] const char* metadata_end(const char* at) const;

    const Wanted* wanted_;
    const char* end_ = nullptr;
    std::array<std::string_view, 8> names_;  ///< unwanted ones met on this page, by length
    std::string_view last_;                  ///< the one met last
};

}  // namespace tided::metrics
