// Which samples count: see the header.
#include "policy/vpa/meter.h"

namespace tided::policy::vpa {

namespace {

Verdict enter(History& history,
              const MemoryWindow& window,
              const std::optional<PeakChange>& change) {
    if (!change) {
        return Verdict::outdated;
    }
    history.of(window.day).apply(*change);
    return Verdict::taken;
}

}  // namespace

Verdict judged(const Meter& meter, const CpuSample& sample, const IntakeRules& rules) {
    if (sample.usage < MilliCpu{}) {
        return Verdict::negative;
    }
    if (sample.at <= meter.last_cpu) {
        return Verdict::outdated;
    }
    const bool is_starting = meter.started != never && sample.at - meter.started < rules.start_up;
    return is_starting ? Verdict::starting : Verdict::taken;
}

Verdict judged(const Meter& meter, const MemorySample& sample) {
    if (sample.usage < Bytes{}) {
        return Verdict::negative;
    }
    return sample.at < meter.memory.last_sample ? Verdict::outdated : Verdict::taken;
}

Verdict take(Meter& meter, History& history, const CpuSample& sample, const IntakeRules& rules) {
    const Verdict verdict = judged(meter, sample, rules);
    if (verdict == Verdict::taken) {
        history.of(sample.day).add_cpu(sample.at, sample.usage);
        meter.last_cpu = sample.at;
    }
    return verdict;
}

Verdict take(Meter& meter, History& history, const MemorySample& sample, const IntakeRules& rules) {
    const Verdict verdict = judged(meter, sample);
    return verdict == Verdict::taken
               ? enter(history, meter.memory, take(meter.memory, sample, rules))
               : verdict;
}

Verdict take(Meter& meter, History& history, const OutOfMemory& kill, const IntakeRules& rules) {
    const auto change = take(meter.memory, kill, rules);
    return enter(history, meter.memory, change);
}

}  // namespace tided::policy::vpa
