#include "policy/adjustment.h"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace tided::policy {

namespace {

Replicas held(std::int64_t count) {
    constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
    return Replicas{static_cast<std::int32_t>(std::clamp<std::int64_t>(count, 0, most))};
}

/// What `changes` of the cool-down have left, those in the other direction that came after them
/// taken off. REQUIRES: both lists are in order of time.
std::int64_t left_of(const std::vector<ScaleEvent>& changes,
                     const std::vector<ScaleEvent>& opposite,
                     TimePoint since) {
    std::int64_t left = 0;
    auto next = opposite.begin();
    const auto take_off = [&](TimePoint until) {
        for (; next != opposite.end() && next->at < until; ++next) {
            left = std::max<std::int64_t>(0, left - next->change);
        }
    };
    for (const ScaleEvent& event : changes) {
        take_off(event.at);
        left += event.at > since ? event.change : 0;
    }
    take_off(TimePoint::max());
    return left;
}

/// How many replicas the change is, of `start`: > 0 adds.
std::int64_t size_of(const Adjustment& change, Replicas start) {
    if (change.by == ChangeBy::replicas) {
        return change.amount;
    }
    const std::int64_t hundredths = std::int64_t{start.count} * std::abs(change.amount);
    const std::int64_t size = std::max<std::int64_t>(1, (hundredths + 99) / 100);
    return change.amount > 0 ? size : -size;
}

}  // namespace

Replicas count_before_ups(const Question& question, Duration cooldown) {
    return held(question.observed.replicas.count -
                left_of(question.state.ups, question.state.downs, question.now - cooldown));
}

Replicas count_before_downs(const Question& question, Duration cooldown) {
    return held(question.observed.replicas.count +
                left_of(question.state.downs, question.state.ups, question.now - cooldown));
}

Adjusted adjusted(const Question& question, const Adjustment& change, Duration cooldown) {
    const Replicas count = question.observed.replicas;
    if (change.by == ChangeBy::exact) {
        return {.replicas = held(change.amount), .start = count};
    }
    const bool adds = change.amount > 0;
    const Replicas start =
        adds ? count_before_ups(question, cooldown) : count_before_downs(question, cooldown);
    const Replicas wanted = held(start.count + size_of(change, start));
    return {.replicas = adds ? std::max(count, wanted) : std::min(count, wanted), .start = start};
}

std::string adjustment_words(const Adjustment& change,
                             Replicas start,
                             Replicas count,
                             Duration cooldown) {
    if (change.by == ChangeBy::exact) {
        return "exactly " + std::to_string(change.amount);
    }
    std::string text = std::to_string(std::abs(change.amount));
    text += change.by == ChangeBy::percent ? "%" : "";
    text += change.amount > 0 ? " more" : " fewer";
    if (start != count) {
        text += " than the " + to_string(start) + " before the changes of the last " +
                tided::to_string(cooldown);
    }
    return text;
}

}  // namespace tided::policy
