#include "policy/vpa/limits.h"

namespace tided::policy::vpa {

namespace {

__extension__ using Wide = __int128;

Amount limit_in_force(const Setting& setting) {
    return setting.limit == Amount{} ? setting.default_limit : setting.limit;
}

}  // namespace

Scaled scaled(Amount amount, Proportion proportion, Rounding rounding) {
    if (proportion.from == Amount{}) {
        return {.amount = amount, .how = Scaling::division_by_zero};
    }
    const Wide product = Wide{amount.count} * proportion.to.count;
    const bool up = rounding == Rounding::up && product % proportion.from.count != 0;
    const Wide quotient = product / proportion.from.count + (up ? 1 : 0);
    if (quotient > largest_amount.count) {
        return {.amount = largest_amount, .how = Scaling::capped};
    }
    return {.amount = Amount{static_cast<std::int64_t>(quotient)}};
}

Setting setting_of(const Container& container, Resource resource, const Amounts& default_limits) {
    return {.request = or_zero(container.requests[resource]),
            .limit = or_zero(container.limits[resource]),
            .default_limit = or_zero(default_limits[resource])};
}

std::optional<Scaled> proportional_limit(const Setting& setting, Amount target) {
    const Amount limit = limit_in_force(setting);
    if (limit == Amount{} || target == Amount{}) {
        return std::nullopt;
    }
    if (setting.request == Amount{} || setting.request == limit) {
        return Scaled{.amount = target};
    }
    return scaled(limit, {.to = target, .from = setting.request}, Rounding::down);
}

Amount request_for_limit(const Setting& setting, Amount bound) {
    const Amount limit = limit_in_force(setting);
    if (limit == Amount{}) {
        return Amount{};
    }
    if (setting.request == Amount{}) {
        return bound;
    }
    return scaled(setting.request, {.to = bound, .from = limit}, Rounding::down).amount;
}

Admitted admitted(const Container& container,
                  const Amounts& target,
                  ControlledValues controlled,
                  const Amounts& default_limits) {
    Admitted result{.requests = target};
    if (controlled == ControlledValues::requests_only) {
        return result;
    }
    for (const Resource resource : all_resources) {
        const auto limit = proportional_limit(setting_of(container, resource, default_limits),
                                              or_zero(target[resource]));
        if (limit) {
            result.limits[resource] = limit->amount;
        }
    }
    return result;
}

}  // namespace tided::policy::vpa
