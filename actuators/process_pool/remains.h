// Remains: processes that a child which is gone left running, on their way out.
// Each is asked to end (SIGTERM) and killed when it still runs after the grace. It is known by its
// mark and its start time and signalled through a pidfd, so that no other process is ever reached.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "actuators/actuator.h"
#include "actuators/process.h"
#include "policy/vocab/result.h"
#include "policy/vocab/time.h"

namespace tided::actuators {

class Remains {
public:
    /// REQUIRES: `processes` outlives it.
    Remains(Processes& processes, Duration grace) : processes_(processes), grace_(grace) {}

    /// Takes one under watch, once; `label` is for the notes. Errors: those of Processes::adopt.
    [[nodiscard]] Status take(std::int32_t index, const std::string& label, const ProcessId& id);

    /// Forgets those that have ended.
    void collect_ends();

    /// Sends what is due at pool time `now`.
    void press(Duration now);

    /// Kills all that are left. For shutdown.
    void kill();

    /// The indices of the pool at which something still runs.
    [[nodiscard]] std::set<std::int32_t> indices() const;

    [[nodiscard]] std::vector<Note> take_notes();

private:
    struct One {
        std::int32_t index = 0;
        ProcessId id;
        bool is_asked = false;
        Duration kill_at{};  ///< once asked
    };

    Processes& processes_;
    Duration grace_;
    std::vector<One> ones_;
    std::vector<Note> notes_;
};

}  // namespace tided::actuators
