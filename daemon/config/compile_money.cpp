// Money: prices of providers become prices of replicas, and bounds on cost become bounds on counts.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "daemon/config/compile.h"
#include "policy/number.h"

namespace tided::config {
namespace {

/// "0.08 EUR", as compile_pools has checked prices.
struct Money {
    double amount = 0.0;
    std::string_view currency;
};

std::optional<Money> money_of(std::string_view text) {
    const std::size_t blank = text.find(' ');
    if (!is_price(text)) {
        return std::nullopt;
    }
    const auto amount = magnitude(Form::number, text.substr(0, blank));
    return Money{.amount = amount.value_or(0.0), .currency = text.substr(blank + 1)};
}

std::optional<Money> written_money(Compiling& in, const Node* node) {
    if (node == nullptr || !node->is_usable) {
        return std::nullopt;
    }
    const auto money = money_of(node->text);
    if (!money) {
        in.report.add(Problem::bad_value,
                      node->value,
                      {node->name, "an amount and a currency are expected: 4 EUR"});
    }
    return money;
}

/// What a replica of the pool costs an hour.
std::optional<Money> price_of(const Compiling& in, const Pool& pool) {
    const auto provider = std::ranges::find(in.config.providers, pool.provider, &Provider::name);
    if (provider == in.config.providers.end() || provider->facts.price_per_hour.empty()) {
        return std::nullopt;
    }
    auto price = money_of(provider->facts.price_per_hour);
    if (price) {
        price->amount *= pool.capacity;
    }
    return price;
}

/// Reports schedules that ask for more than is paid for.
void check_schedule(Compiling& in, const Node& node, Replicas most, Replicas affordable) {
    const Node* rules = node.find("schedule");
    if (rules == nullptr || rules->kind != Node::Kind::array) {
        return;
    }
    for (const Node& rule : rules->children) {
        const Node* min = rule.find("min");
        const bool is_known = min != nullptr && min->is_usable && min->integer <= most.count;
        if (is_known && min->integer > affordable.count) {
            in.report.add(Problem::min_too_dear,
                          min->value,
                          {"'max_cost'", to_string(affordable), std::to_string(min->integer)});
        }
    }
}

/// Lowers the policy's max to what its max_cost pays for. False when that cannot be.
bool bound_by_cost(Compiling& in, const Node& node, policy::PolicySpec& spec, const Pool& pool) {
    const Node* guards = node.find("guards");
    const Node* written = guards == nullptr ? nullptr : guards->find("max_cost");
    const auto most = written_money(in, written);
    if (!most) {
        return false;
    }
    const auto price = price_of(in, pool);
    if (!price || price->amount <= 0.0) {
        in.report.add(Problem::no_price,
                      written->value,
                      {"provider '" + pool.provider + (price ? "' costs nothing" : "' has none")});
        return false;
    }
    if (price->currency != most->currency) {
        in.report.add(Problem::other_currency, written->value, {most->currency, price->currency});
        return false;
    }
    const double paid = std::floor(most->amount / price->amount);
    const Replicas affordable{static_cast<std::int32_t>(
        std::min(paid, static_cast<double>(std::numeric_limits<std::int32_t>::max())))};
    if (affordable < spec.min) {
        in.report.add(Problem::min_too_dear,
                      written->value,
                      {"it", to_string(affordable), to_string(spec.min)});
        return false;
    }
    if (affordable < spec.max) {
        check_schedule(in, node, spec.max, affordable);
        spec.max = affordable;
        spec.max_is_paid_for = true;
    }
    return true;
}

const Pool* pool_called(const Compiling& in, std::string_view name) {
    const auto pool = std::ranges::find(in.config.pools, name, &Pool::name);
    return pool == in.config.pools.end() ? nullptr : &*pool;
}

/// What the policies that act have at least, an hour. Templates have as many as there are values.
double cost_of_minimums(const Compiling& in) {
    double cost = 0.0;
    for (const Policy& policy : in.config.policies) {
        const Pool* pool = policy.dry_run ? nullptr : pool_called(in, policy.pool);
        cost += pool == nullptr ? 0.0 : pool->price_per_hour * policy.spec.min.count;
    }
    return cost;
}

void bound_fleet(Compiling& in) {
    const Node* daemon = in.root.find("daemon");
    const Node* limits = daemon == nullptr ? nullptr : daemon->find("limits");
    const Node* written = limits == nullptr ? nullptr : limits->find("cost");
    const auto most = written_money(in, written);
    if (!most) {
        return;
    }
    in.config.daemon.limits.cost_per_hour = most->amount;
    bool has_price = false;
    for (const Pool& pool : in.config.pools) {
        const auto price = price_of(in, pool);
        has_price = has_price || price.has_value();
        if (price && price->currency != most->currency) {
            in.report.add(
                Problem::other_currency, written->value, {most->currency, price->currency});
            return;
        }
    }
    if (!has_price) {
        in.report.add(Problem::no_price, written->value, {"no provider of a pool has one"});
    }
    constexpr double rounding = 1e-9;
    const double least = cost_of_minimums(in);
    if (least > most->amount * (1.0 + rounding)) {
        in.report.add(Problem::mins_too_dear,
                      written->value,
                      {policy::number(least) + ' ' + std::string{most->currency}});
    }
}

}  // namespace

void resolve_money(Compiling& in) {
    for (Pool& pool : in.config.pools) {
        const auto price = price_of(in, pool);
        pool.price_per_hour = price ? price->amount : 0.0;
    }
    for (std::size_t i = 0; i < in.policy_nodes.size(); ++i) {
        Policy& policy = in.config.policies[i];
        if (const Pool* pool = pool_called(in, policy.pool)) {
            static_cast<void>(bound_by_cost(in, *in.policy_nodes[i], policy.spec, *pool));
        }
    }
    for (std::size_t i = 0; i < in.template_nodes.size(); ++i) {
        Template& made = in.config.templates[i];
        const Pool* pool = pool_called(in, made.policy.pool);
        const Node& node = *in.template_nodes[i];
        if (pool != nullptr && bound_by_cost(in, node, made.policy.spec, *pool)) {
            for (auto& [value, policy] : made.overrides) {
                static_cast<void>(bound_by_cost(in, node, policy.spec, *pool));
            }
        }
    }
    bound_fleet(in);
}

}  // namespace tided::config
