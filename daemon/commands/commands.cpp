#include "daemon/commands/commands.h"

#include <array>

namespace tided::daemon {

std::span<const Command> commands() {
    static constexpr std::array<Command, 16> table{{
        {"run", "Run the daemon", declare_run},
        {"check", "Check a policy file or directory", declare_check},
        {"status", "Show what the running daemon does", declare_status},
        {"explain", "Say why a policy scales, or why not", declare_explain},
        {"pause", "Leave a policy alone for a while", declare_pause},
        {"resume", "End a policy's pause", declare_resume},
        {"approve", "Say yes to a large step of a policy", declare_approve},
        {"brake", "Stop all scaling at once, over restarts", declare_brake},
        {"release", "Take the brake off", declare_release},
        {"reload", "Put the changed policy file in force", declare_reload},
        {"parse", "Print the samples of an exposition page as JSON Lines", declare_parse},
        {"query", "Evaluate PromQL over OpenMetrics data", declare_query},
        {"step", "Decide line by line: the policy core as a filter", declare_step},
        {"checkpoint",
         "Take histories of usage over from Kubernetes, or hand them on",
         declare_checkpoint},
        {"state", "Export or import the stored state", declare_state},
        {"version", "Show name, version and build", declare_version},
    }};
    return table;
}

}  // namespace tided::daemon
