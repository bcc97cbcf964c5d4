#include "policy/strategies.h"

#include <array>

#include "policy/backlog.h"
#include "policy/capacity.h"
#include "policy/latency.h"
#include "policy/pass_through.h"
#include "policy/steps.h"
#include "policy/target_tracking.h"
#include "policy/threshold.h"

namespace tided::policy {

namespace {

/// In the order of the alternatives of Rule.
constexpr std::array<Strategy, 7> table{
    {{.key = "target", .propose = &track_target, .words = &target_words},
     {.key = "threshold", .propose = &cross_threshold, .words = &threshold_words},
     {.key = "steps", .propose = &take_step, .words = &steps_words},
     {.key = "backlog",
      .propose = &work_off,
      .words = &backlog_words,
      .lacks = "no rate of a replica is known",
      .activity = &work_at_hand},
     {.key = "pass_through", .propose = &pass_through, .words = &pass_through_words},
     {.key = "latency",
      .propose = &hold_latency,
      .words = &latency_words,
      .lacks = "no load is known",
      .activity = &load_of,
      .speaks_without_value = &load_says_enough},
     {.key = "capacity",
      .propose = &cover_load,
      .words = &capacity_words,
      .activity = &recent_load}}};

static_assert(std::variant_size_v<Rule> == table.size() + 1, "every rule but Input has a row");

}  // namespace

std::span<const Strategy> strategies() {
    return table;
}

const Strategy* strategy_of(const Rule& rule) {
    return rule.index() < table.size() ? &table[rule.index()] : nullptr;
}

std::optional<double> level_of(const Rule& rule) {
    if (const auto* target = std::get_if<Target>(&rule)) {
        return target->amount;
    }
    if (const auto* capacity = std::get_if<Capacity>(&rule)) {
        return capacity->amount;
    }
    if (const auto* latency = std::get_if<Latency>(&rule)) {
        return latency->objective;
    }
    const auto* backlog = std::get_if<Backlog>(&rule);
    return backlog == nullptr ? std::nullopt : backlog->per_replica;
}

}  // namespace tided::policy
