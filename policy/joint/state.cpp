#include "policy/joint/state.h"

#include <algorithm>

#include "policy/joint/memory.h"

namespace tided::policy::joint {

void record_resize(State& state, TimePoint now) {
    state.resized = now;
    state.reviewed.reset();
}

void record_kill(State& state, Bytes had, TimePoint now, const Settings& settings) {
    const Bytes before = memory_floor(state, now, settings);
    state.kill = Kill{.floor = std::max(before, bumped(had)), .at = now};
}

Bytes memory_floor(const State& state, TimePoint now, const Settings& settings) {
    const bool is_fresh = state.kill && now - state.kill->at < settings.oom_memory;
    return is_fresh ? state.kill->floor : Bytes{};
}

void rebase(State& state, Duration jump) {
    for (Slot& slot : state.seen.slots) {
        slot.since += jump;
    }
    for (std::optional<TimePoint>* at : {&state.reviewed, &state.resized}) {
        if (*at) {
            **at += jump;
        }
    }
    if (state.kill) {
        state.kill->at += jump;
    }
}

}  // namespace tided::policy::joint
