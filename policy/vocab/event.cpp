// The table between event kinds and their words; both directions read the same rows.
#include "policy/vocab/event.h"

#include <array>

namespace tided {
namespace {

struct Row {
    EventKind kind;
    std::string_view name;
};

constexpr std::array<Row, 31> rows{{{EventKind::started, "started"},
                                    {EventKind::stopped, "stopped"},
                                    {EventKind::reloaded, "reloaded"},
                                    {EventKind::reload_refused, "reload_refused"},
                                    {EventKind::decision, "decision"},
                                    {EventKind::step_intended, "step_intended"},
                                    {EventKind::step_outcome, "step_outcome"},
                                    {EventKind::paused, "paused"},
                                    {EventKind::resumed, "resumed"},
                                    {EventKind::metric_stale, "metric_stale"},
                                    {EventKind::metric_fresh, "metric_fresh"},
                                    {EventKind::source_lost, "source_lost"},
                                    {EventKind::source_back, "source_back"},
                                    {EventKind::provider_lost, "provider_lost"},
                                    {EventKind::provider_back, "provider_back"},
                                    {EventKind::self_partitioned, "self_partitioned"},
                                    {EventKind::partition_healed, "partition_healed"},
                                    {EventKind::clock_jumped, "clock_jumped"},
                                    {EventKind::state_lost, "state_lost"},
                                    {EventKind::state_back, "state_back"},
                                    {EventKind::pool_failing, "pool_failing"},
                                    {EventKind::pool_recovered, "pool_recovered"},
                                    {EventKind::instance_came, "instance_came"},
                                    {EventKind::instance_gone, "instance_gone"},
                                    {EventKind::instance_refused, "instance_refused"},
                                    {EventKind::pool_note, "pool_note"},
                                    {EventKind::braked, "braked"},
                                    {EventKind::released, "released"},
                                    {EventKind::approved, "approved"},
                                    {EventKind::schedule_failing, "schedule_failing"},
                                    {EventKind::schedule_recovered, "schedule_recovered"}}};

}  // namespace

std::string_view to_string(EventKind kind) {
    for (const Row& row : rows) {
        if (row.kind == kind) {
            return row.name;
        }
    }
    return "unknown";
}

bool from_string(std::string_view text, EventKind& kind) {
    for (const Row& row : rows) {
        if (row.name == text) {
            kind = row.kind;
            return true;
        }
    }
    return false;
}

std::string_view to_string(Severity severity) {
    switch (severity) {
        case Severity::debug:
            return "debug";
        case Severity::info:
            return "info";
        case Severity::warn:
            return "warn";
        case Severity::error:
            return "error";
    }
    return "error";
}

}  // namespace tided
