#include "policy/strategies.h"

#include <algorithm>
#include <array>

#include "policy/target_tracking.h"

namespace tided::policy {

namespace {

/// A plain number says nothing of what pods asked for: hpa/metrics.h answers for them.
std::optional<Proposal> no_proposal(const Question& /*question*/) {
    return std::nullopt;
}

constexpr std::array<Strategy, 3> table{
    {{.kind = TargetKind::value, .propose = &track_value, .per = ""},
     {.kind = TargetKind::average_value, .propose = &track_average_value, .per = " each"},
     {.kind = TargetKind::utilization, .propose = &no_proposal, .per = "%"}}};

}  // namespace

std::span<const Strategy> strategies() {
    return table;
}

const Strategy& strategy_of(TargetKind kind) {
    const auto* row = std::ranges::find(table, kind, &Strategy::kind);
    return row == table.end() ? table.front() : *row;
}

}  // namespace tided::policy
