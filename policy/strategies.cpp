#include "policy/strategies.h"

#include <algorithm>
#include <array>

#include "policy/target_tracking.h"

namespace tided::policy {

namespace {

constexpr std::array<Strategy, 2> table{
    {{.kind = TargetKind::value, .propose = &track_value, .per = ""},
     {.kind = TargetKind::average_value, .propose = &track_average_value, .per = " each"}}};

}  // namespace

std::span<const Strategy> strategies() {
    return table;
}

const Strategy& strategy_of(TargetKind kind) {
    const auto* row = std::ranges::find(table, kind, &Strategy::kind);
    return row == table.end() ? table.front() : *row;
}

}  // namespace tided::policy
