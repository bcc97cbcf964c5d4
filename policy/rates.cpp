#include "policy/rates.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tided::policy {

namespace {

constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();

Replicas held(std::int64_t count) {
    return Replicas{static_cast<std::int32_t>(std::clamp<std::int64_t>(count, 0, most))};
}

Replicas held(double count) {
    const double limit = static_cast<double>(most);
    return Replicas{static_cast<std::int32_t>(std::clamp(count, 0.0, limit))};
}

std::int64_t changed_since(const std::vector<ScaleEvent>& events, TimePoint since) {
    std::int64_t sum = 0;
    for (const ScaleEvent& event : events) {
        sum += event.at > since ? event.change : 0;
    }
    return sum;
}

std::int64_t start_of(const RatePolicy& rate,
                      Replicas current,
                      const PolicyState& state,
                      TimePoint now) {
    const TimePoint since = now - rate.period;
    return current.count - changed_since(state.ups, since) + changed_since(state.downs, since);
}

Replicas raised(const RatePolicy& rate, std::int64_t start, FromZero from_zero) {
    if (rate.kind == RateKind::pods) {
        return held(start + rate.value);
    }
    if (start == 0 && from_zero == FromZero::wakes) {
        return Replicas{1};
    }
    return held(
        std::ceil(static_cast<double>(start) * (1.0 + static_cast<double>(rate.value) / 100.0)));
}

Replicas lowered(const RatePolicy& rate, std::int64_t start) {
    if (rate.kind == RateKind::pods) {
        return held(start - rate.value);
    }
    return held(
        std::trunc(static_cast<double>(start) * (1.0 - static_cast<double>(rate.value) / 100.0)));
}

/// The row of `rules.rates` that decides; of equal ones the first.
template <typename Allowed, typename Better>
RateLimit chosen(const ScalingRules& rules,
                 RateLimit none,
                 const Allowed& allowed,
                 const Better& better) {
    if (rules.select == Select::disabled || rules.rates.empty()) {
        return none;
    }
    RateLimit best = allowed(0);
    for (std::size_t i = 1; i < rules.rates.size(); ++i) {
        const RateLimit limit = allowed(i);
        if (better(limit.replicas, best.replicas)) {
            best = limit;
        }
    }
    return best;
}

}  // namespace

RateLimit up_limit(const ScalingRules& rules,
                   Replicas current,
                   const PolicyState& state,
                   TimePoint now,
                   FromZero from_zero) {
    const Replicas unlimited = rules.select == Select::disabled ? current : held(most);
    const auto allowed = [&](std::size_t i) {
        const std::int64_t start = start_of(rules.rates[i], current, state, now);
        return RateLimit{.replicas = raised(rules.rates[i], start, from_zero),
                         .start = held(start),
                         .rate = static_cast<std::uint8_t>(i)};
    };
    RateLimit limit = chosen(
        rules, {.replicas = unlimited, .start = current}, allowed, [&](Replicas a, Replicas b) {
            return rules.select == Select::min ? a < b : a > b;
        });
    limit.replicas = std::max(limit.replicas, current);
    return limit;
}

RateLimit down_limit(const ScalingRules& rules,
                     Replicas current,
                     const PolicyState& state,
                     TimePoint now) {
    const Replicas unlimited = rules.select == Select::disabled ? current : Replicas{0};
    const auto allowed = [&](std::size_t i) {
        const std::int64_t start = start_of(rules.rates[i], current, state, now);
        return RateLimit{.replicas = lowered(rules.rates[i], start),
                         .start = held(start),
                         .rate = static_cast<std::uint8_t>(i)};
    };
    RateLimit limit = chosen(
        rules, {.replicas = unlimited, .start = current}, allowed, [&](Replicas a, Replicas b) {
            return rules.select == Select::min ? a > b : a < b;
        });
    limit.replicas = std::min(limit.replicas, current);
    return limit;
}

}  // namespace tided::policy
