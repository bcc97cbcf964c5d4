// MemoryWindow: one memory peak per container and interval (recommender/model/container.go).
//
//   |<------- interval ------->|          the first sample opens the first window; one that comes
//   first sample              end         at or after the end opens that in which it lies
//
// Within a window a higher usage replaces the peak. Peaks are dated at the END of their window: up
// to an interval in the future. A kill for lack of memory counts as a peak of
// max(used + bump, used * ratio), with used = max(request, peak of usage); peaks that earlier kills
// made are left out there, lest a series of kills climbs without bound.
//
// Kept from upstream: a window whose first peak is 0 takes no other, and an old kill sets the time
// of the last sample back.
#pragma once

#include <optional>

#include "policy/vocab/time.h"
#include "policy/vocab/units.h"
#include "policy/vpa/day_class.h"
#include "policy/vpa/moment.h"
#include "policy/vpa/settings.h"

namespace tided::policy::vpa {

/// All that is remembered, to be stored as it is.
struct MemoryWindow {
    TimePoint end = never;  ///< not in the window any more
    TimePoint last_sample = never;
    Bytes usage_peak{};
    Bytes oom_peak{};
    DayClass day = DayClass::workday;  ///< of the sample that opened it; its peaks belong there

    [[nodiscard]] Bytes peak() const { return usage_peak < oom_peak ? oom_peak : usage_peak; }
    friend bool operator==(const MemoryWindow&, const MemoryWindow&) = default;
};

/// What a sample changes in the histogram of peaks; perhaps nothing.
struct PeakChange {
    std::optional<Bytes> subtract = std::nullopt;
    std::optional<Bytes> add = std::nullopt;
    TimePoint at{};

    friend bool operator==(const PeakChange&, const PeakChange&) = default;
};

struct MemorySample {
    TimePoint at{};
    Bytes usage{};
    DayClass day = DayClass::workday;
};

struct OutOfMemory {
    TimePoint at{};
    Bytes request{};  ///< what it had been given; 0 if nothing was said
    DayClass day = DayClass::workday;
};

/// Nothing when refused: usage is negative, or older than the last sample.
[[nodiscard]] std::optional<PeakChange> take(MemoryWindow& window,
                                             const MemorySample& sample,
                                             const IntakeRules& rules);

/// Nothing when refused: more than an interval older than the last sample.
[[nodiscard]] std::optional<PeakChange> take(MemoryWindow& window,
                                             const OutOfMemory& kill,
                                             const IntakeRules& rules);

}  // namespace tided::policy::vpa
