#include "policy/target_tracking.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tided::policy {

Replicas rounded_up(double x) {
    constexpr auto most = std::numeric_limits<std::int32_t>::max();
    if (!(x > 0.0)) {
        return Replicas{0};
    }
    return x >= static_cast<double>(most) ? Replicas{most}
                                          : Replicas{static_cast<std::int32_t>(std::ceil(x))};
}

bool is_within(double ratio, const Tolerance& tolerance) {
    return 1.0 - tolerance.down.value <= ratio && ratio <= 1.0 + tolerance.up.value;
}

std::optional<Proposal> track_value(const Question& question) {
    const double ratio = question.value / question.amount;
    const Observed& observed = question.observed;
    if (observed.replicas.count == 0) {
        return Proposal{.replicas = rounded_up(ratio)};
    }
    if (is_within(ratio, question.tolerance)) {
        return Proposal{.replicas = observed.replicas, .within_tolerance = true};
    }
    if (observed.ready.count <= 0) {
        return std::nullopt;
    }
    const Replicas tracked = rounded_up(ratio * static_cast<double>(observed.ready.count));
    return Proposal{.replicas = ratio > 1.0 ? std::max(tracked, observed.replicas)
                                            : std::min(tracked, observed.replicas)};
}

std::optional<Proposal> track_average_value(const Question& question) {
    const double present = question.observed.present.count;
    const double ratio = question.value / (question.amount * present);
    if (is_within(ratio, question.tolerance)) {
        return Proposal{.replicas = question.observed.present, .within_tolerance = true};
    }
    return Proposal{.replicas = rounded_up(question.value / question.amount)};
}

}  // namespace tided::policy
