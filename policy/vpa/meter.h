// Meter: what is remembered of one running thing between its samples, and which samples count
// (recommender/model/container.go). A Meter and a History are all that a service or a VM needs:
//
//   Verdict verdict = take(meter, history, CpuSample{.at = now, .usage = {250}}, rules);
#pragma once

#include <cstdint>

#include "policy/vpa/day_class.h"
#include "policy/vpa/history.h"
#include "policy/vpa/memory_window.h"

namespace tided::policy::vpa {

/// All that is remembered, to be stored as it is.
struct Meter {
    TimePoint started = never;  ///< never: not known, and start-up is not waited for
    TimePoint last_cpu = never;
    MemoryWindow memory{};

    friend bool operator==(const Meter&, const Meter&) = default;
};

struct CpuSample {
    TimePoint at{};
    MilliCpu usage{};
    DayClass day = DayClass::workday;
};

enum class Verdict : std::uint8_t {
    taken,
    negative,  ///< less than nothing was used
    outdated,  ///< not after the last CPU sample, before the last memory sample, or a kill more
               ///< than an interval before it
    starting,  ///< CPU used while the container starts: a peak that says nothing of its demand
};

/// What take() would say of the sample.
[[nodiscard]] Verdict judged(const Meter& meter, const CpuSample& sample, const IntakeRules& rules);
[[nodiscard]] Verdict judged(const Meter& meter, const MemorySample& sample);

/// Brings a sample into the history, unless it is refused. Allocates only when a bucket outside of
/// the stored ones is hit.
Verdict take(Meter& meter, History& history, const CpuSample& sample, const IntakeRules& rules);
Verdict take(Meter& meter, History& history, const MemorySample& sample, const IntakeRules& rules);
Verdict take(Meter& meter, History& history, const OutOfMemory& kill, const IntakeRules& rules);

}  // namespace tided::policy::vpa
