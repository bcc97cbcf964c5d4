// Clock: wall time carried by the steady clock, so that no tick ever sees time jump under it.
//
//   now() = anchor_wall + (steady - anchor_steady)
//
// Small differences to the system's wall clock are slewed away; one over 2 s is a jump: the
// anchor moves at once and the difference is handed out, so that stored instants keep their age.
#pragma once

#include <chrono>
#include <string>

#include "policy/vocab/time.h"

namespace tided::daemon {

class Clock {
public:
    static constexpr Duration jump_threshold = std::chrono::seconds{2};

    /// Anchors to the system's wall clock. TIDED_FAKE_WALL_OFFSET, a test facility, names a file
    /// whose content (seconds) is added to the wall clock each time it is read.
    Clock();

    /// Never goes back, except by a jump that check() has announced.
    [[nodiscard]] TimePoint now() const;

    /// Compares with the system's clock; called once per tick. Zero when there was no jump,
    /// else how far every stored instant has to be moved.
    [[nodiscard]] Duration check();

    [[nodiscard]] static Deadline deadline_in(Duration d) {
        return {std::chrono::steady_clock::now() + d};
    }

private:
    [[nodiscard]] TimePoint system_now() const;

    std::string offset_file_;
    std::chrono::steady_clock::time_point anchor_steady_;
    TimePoint anchor_wall_;
};

}  // namespace tided::daemon
