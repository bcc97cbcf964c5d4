#include "daemon/telemetry/fixed_families.h"

#include <array>

namespace tided::daemon {
namespace {

constexpr std::array<FixedFamily, 32> families{{
    {"tided_actions_total", "Steps asked of providers, by what became of them."},
    {"tided_build_info", "1, with the version in the labels."},
    {"tided_clock_jumps_total", "Jumps of the wall clock by more than 2 s."},
    {"tided_config_last_reload_success_timestamp_seconds", "When a policy file last took effect."},
    {"tided_config_last_reload_successful", "1 when the last reading of the policy file worked."},
    {"tided_config_reloads_total", "Readings of the policy file, by outcome."},
    {"tided_discovered_targets", "Targets found for a source, without those its rules drop."},
    {"tided_discoveries_total", "Looks for the targets of a source, by outcome."},
    {"tided_discovery_failing", "1 while the targets of a source may be others than those known."},
    {"tided_dropped_targets", "Targets found for a source that its rules drop."},
    {"tided_events_total", "Events, by kind, as in the journal."},
    {"tided_loop_stall_seconds", "How late the I/O loop was to a timer of its own."},
    {"tided_notifications_total", "Notifications to webhooks, by outcome."},
    {"tided_pool_restarts_total", "Starts of replicas that had failed, by pool."},
    {"tided_ready", "1 when every source and provider has answered and acting is possible."},
    {"tided_scrape_bytes_total", "Bytes of the answers of a source."},
    {"tided_scrape_duration_seconds", "Time of one fetch from a source."},
    {"tided_scrape_lateness_seconds", "From when a fetch from a source was due to its answer."},
    {"tided_scrape_requests_total", "HTTP requests to a source."},
    {"tided_scrape_samples_total", "Samples read from a source."},
    {"tided_scrapes_total", "Fetches from sources, by outcome."},
    {"tided_self_partitioned", "1 while most sources and providers are silent at once: frozen."},
    {"tided_source_lanes", "Targets or queries a source reads in parallel."},
    {"tided_source_lanes_failing", "Those of them whose last fetch failed."},
    {"tided_source_limit_refusals_total", "Pages refused whole for a limit, by the limit's key."},
    {"tided_source_odd_samples_total", "Samples not taken as they stood on their page, by kind."},
    {"tided_source_server", "Which of a source's urls answered last, from 0."},
    {"tided_state_backlog_transactions", "State transactions queued and not yet written."},
    {"tided_state_commit_duration_seconds", "Time from queueing a state transaction to written."},
    {"tided_state_commits_total", "State transactions, by outcome."},
    {"tided_steps_in_flight", "Steps asked of providers and not yet finished."},
    {"tided_tick_duration_seconds", "Time of one pass over the due policies."},
}};

}  // namespace

std::span<const FixedFamily> fixed_families() {
    return families;
}

std::string help_of(std::string_view name) {
    for (const FixedFamily& family : families) {
        if (family.name == name) {
            return std::string{family.help};
        }
    }
    return {};
}

}  // namespace tided::daemon
