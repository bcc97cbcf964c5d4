// Which policy applies to which container (pkg/utils/vpa/api.go).
#include "policy/vpa/settings.h"

namespace tided::policy::vpa {

Settings Settings::strict() {
    return {.intake = {.start_up = Duration::zero()},
            .separate_days = false,
            .durable = Durable::checkpoint};
}

const SizingPolicy* policy_for(const Settings& settings, std::string_view container) {
    const SizingPolicy* of_all = nullptr;
    for (const SizingPolicy& policy : settings.containers) {
        if (policy.container == container) {
            return &policy;
        }
        if (policy.container == "*") {
            of_all = &policy;
        }
    }
    return of_all;
}

IntakeRules rules_for(const Settings& settings, std::string_view container) {
    const SizingPolicy* policy = policy_for(settings, container);
    if (policy == nullptr) {
        return settings.intake;
    }
    const IntakeRules& common = settings.intake;
    return {.interval = policy->interval.value_or(common.interval),
            .intervals = policy->intervals.value_or(common.intervals),
            .oom_ratio = policy->oom_ratio.value_or(common.oom_ratio),
            .oom_min_bump = policy->oom_min_bump.value_or(common.oom_min_bump),
            .start_up = common.start_up};
}

}  // namespace tided::policy::vpa
