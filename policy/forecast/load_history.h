// LoadHistory: the last sixteen minutes of a load, one entry every 15 s. Everything in forecast/
// looks back by entries, whatever the interval of the policy is.
//
// Load is counted in replicas throughout: the metric divided by what one replica may carry
// (Capacity::amount). Two policies with the same curve then learn the
// same, whatever their unit.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "policy/vocab/time.h"

namespace tided::policy::forecast {

constexpr Duration spacing = std::chrono::seconds{15};

/// Samples of two sources do not come quite in order; what is further back is another clock.
constexpr Duration longest_step_back = std::chrono::minutes{1};

/// How many entries `span` is, rounded up.
[[nodiscard]] std::size_t entries_in(Duration span);

struct LoadHistory {
    static constexpr std::size_t capacity = 64;

    std::array<float, capacity> loads{};
    std::uint8_t next = 0;  ///< where the next entry goes
    std::uint8_t size = 0;
    TimePoint youngest{};

    /// The load `entries` before the youngest. REQUIRES: entries < size.
    [[nodiscard]] double ago(std::size_t entries) const;

    friend bool operator==(const LoadHistory&, const LoadHistory&) = default;
};

/// The level of the load `entries` back: the mean of that entry and the two before it, for one
/// sample of a noisy load says little; or that entry, when it exceeds the mean by more than twice
/// the usual change (a share of the load). REQUIRES: entries < history.size.
[[nodiscard]] double level(const LoadHistory& history, std::size_t entries, double agitation);

/// Takes the load at `at` when the youngest entry is at least `spacing` old, and says whether it
/// did. A hole of up to a minute is filled with the load before it; after a longer one, and after
/// a step back by more than a minute, history begins anew.
/// REQUIRES: load is finite and not negative.
bool note(LoadHistory& history, double load, TimePoint at);

}  // namespace tided::policy::forecast
