#include "policy/hpa/rules.h"

namespace tided::policy::hpa {

namespace {

constexpr Rules standard{
    .zero_needs_condition = false, .request_may_lack = true, .holds_against_ratio = true};
constexpr Rules kubernetes_1_28{.tolerance_is_interval = false,
                                .succeeded_is_ignored = false,
                                .container_must_report = true,
                                .pod_level_requests = false,
                                .zero_needs_condition = false};
constexpr Rules kubernetes_1_37{};

}  // namespace

const Rules& rules_of(Profile profile) {
    switch (profile) {
        case Profile::kubernetes_1_28:
            return kubernetes_1_28;
        case Profile::kubernetes_1_37:
            return kubernetes_1_37;
        default:
            return standard;
    }
}

}  // namespace tided::policy::hpa
