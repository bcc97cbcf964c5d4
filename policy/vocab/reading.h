// Reading: what one metric of one policy says at one instant: a value with its age and a
// freshness verdict, or the reason why there is none. NaN, missing and stale are states here,
// never magic numbers. A reading is small and copies without allocating.
#pragma once

#include <cstdint>
#include <string_view>

#include "policy/vocab/time.h"

namespace tided {

/// Why there is no value at all. A stale value is not absent: it is shown, but permits nothing.
enum class Absence : std::uint8_t {
    none,               ///< there is a value
    never_seen,         ///< the source has not been read yet
    source_failed,      ///< the source answers with errors and nothing younger is known
    no_series,          ///< the expression matched nothing
    many_series,        ///< the expression gave several series where one is needed
    not_evaluated,      ///< series that cannot be told apart or paired, a wrong argument, too many
                        ///< samples
    not_a_number,       ///< the value is NaN or infinite
    window_short,       ///< not enough samples yet to fill the expression's window
    outdated,           ///< there is one, but too old to stand in a formula with a default
    no_samples,         ///< metrics of pods: no pod has a sample
    no_pods,            ///< the workload has no pods
    no_ready_samples,   ///< samples are of pods only that are not ready, or over
    request_missing,    ///< a container asks for none of the resource
    no_requests,        ///< no pod asks for any of it
    container_missing,  ///< a pod's sample is without the container
};

enum class Freshness : std::uint8_t {
    absent,   ///< no value: see `absence`
    stale,    ///< older than the metric's max_age: shown in explanations, permits nothing
    partial,  ///< fresh, but some of its targets are left out, for they do not answer: may raise
    fresh,
};

struct Reading {
    double value = 0.0;  ///< meaningful unless freshness is absent
    Duration age{};      ///< age of the samples behind the value, not of the answer
    Freshness freshness = Freshness::absent;
    Absence absence = Absence::never_seen;
    std::uint8_t rung = 0;  ///< which source gave it: 0 the metric's own, 1 its fallback
    /// Of a formula that is not fresh: the metric of its policy that is not; 0xff: none but itself.
    std::uint8_t culprit = 0xff;

    [[nodiscard]] bool is_fresh() const { return freshness == Freshness::fresh; }
    friend bool operator==(const Reading&, const Reading&) = default;

    [[nodiscard]] static Reading of(double value, Duration age, Duration max_age) {
        return {.value = value,
                .age = age,
                .freshness = age > max_age ? Freshness::stale : Freshness::fresh,
                .absence = Absence::none};
    }
    [[nodiscard]] static Reading absent(Absence why) { return {.absence = why}; }
};

/// The reading, or that there is none when its value is NaN or infinite: what a source says is
/// fresh need not be a number.
[[nodiscard]] Reading as_number(const Reading& reading);

/// As a clause: "no series matches the expression".
[[nodiscard]] std::string_view to_string(Absence why);

}  // namespace tided
