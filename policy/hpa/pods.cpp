#include "policy/hpa/pods.h"

#include <limits>

namespace tided::policy::hpa {

namespace {

const ContainerAmount* named(std::span<const ContainerAmount> amounts, std::string_view container) {
    for (const ContainerAmount& amount : amounts) {
        if (amount.container == container) {
            return &amount;
        }
    }
    return nullptr;
}

/// The sum of all amounts; none when one is lacking or there are none.
std::optional<std::int64_t> whole_sum(std::span<const ContainerAmount> amounts) {
    std::int64_t sum = 0;
    for (const ContainerAmount& amount : amounts) {
        if (!amount.milli) {
            return std::nullopt;
        }
        sum = saturated_sum(sum, *amount.milli);
    }
    return amounts.empty() ? std::nullopt : std::optional{sum};
}

/// A pod burns cpu while it starts: its sample counts once it is ready and was measured since.
bool is_too_young_for_cpu(const Pod& pod, const PodView& view) {
    if (pod.ready == Readiness::absent || !pod.started) {
        return true;
    }
    const bool is_unready = pod.ready == Readiness::no;
    if (*pod.started + view.timing.cpu_initialization > view.now) {
        return is_unready || pod.usage->at < pod.ready_since + pod.usage->window;
    }
    // Never ready so far, as the transition stamp tells; one that was ready once counts on.
    return is_unready && *pod.started + view.timing.initial_readiness_delay > pod.ready_since;
}

}  // namespace

std::int64_t saturated_sum(std::int64_t a, std::int64_t b) {
    std::int64_t sum = 0;
    if (!__builtin_add_overflow(a, b, &sum)) {
        return sum;
    }
    return a > 0 ? std::numeric_limits<std::int64_t>::max()
                 : std::numeric_limits<std::int64_t>::min();
}

std::optional<std::int64_t> sample_of(const Pod& pod, const PodView& view) {
    if (!pod.usage) {
        return std::nullopt;
    }
    if (view.is_plain) {
        return pod.usage->milli;
    }
    if (view.container.empty()) {
        return whole_sum(pod.usage->containers);
    }
    const ContainerAmount* amount = named(pod.usage->containers, view.container);
    return amount == nullptr ? std::nullopt : amount->milli;
}

PodGroup group_of(const Pod& pod, const PodView& view) {
    const bool is_over = pod.phase == PodPhase::failed ||
                         (view.rules.succeeded_is_ignored && pod.phase == PodPhase::succeeded);
    if (pod.is_deleted || is_over) {
        return PodGroup::ignored;
    }
    if (pod.phase == PodPhase::pending) {
        return PodGroup::unready;
    }
    if (!sample_of(pod, view)) {
        return PodGroup::missing;
    }
    return view.is_cpu && is_too_young_for_cpu(pod, view) ? PodGroup::unready : PodGroup::ready;
}

Requested requested_by(const Pod& pod, const PodView& view) {
    if (!view.container.empty()) {
        const ContainerAmount* amount = named(pod.requests, view.container);
        const bool has_one = amount != nullptr && amount->milli;
        return has_one ? Requested{.milli = amount->milli} : Requested{.lacking = view.container};
    }
    if (view.rules.pod_level_requests && pod.pod_request) {
        return {.milli = pod.pod_request};
    }
    std::int64_t sum = 0;
    for (const ContainerAmount& amount : pod.requests) {
        if (!amount.milli) {
            return {.lacking = amount.container};
        }
        sum = saturated_sum(sum, *amount.milli);
    }
    return {.milli = sum};
}

}  // namespace tided::policy::hpa
