#include "policy/joint/seen.h"

#include <algorithm>

namespace tided::policy::joint {

namespace {

Duration slot_length(Duration watched) {
    return watched / static_cast<Duration::rep>(slot_count);
}

bool is_recent(const Slot& slot, TimePoint now, Duration watched) {
    return slot.ticks > 0 && slot.since > now - watched && slot.since <= now;
}

}  // namespace

void Levels::add(const Slot& slot, TimePoint now) {
    means[count++] = slot.mean;
    peak = std::max(peak, slot.peak);
    reach = std::max(reach, now - slot.since);
}

void note(Seen& seen, Cores demand, TimePoint now, Duration watched) {
    Slot* slot = &seen.slots[seen.newest];
    const Duration open_for = now - slot->since;
    if (slot->ticks == 0 || open_for < Duration{0} || open_for >= slot_length(watched)) {
        seen.newest = static_cast<std::uint8_t>((seen.newest + 1) % slot_count);
        slot = &seen.slots[seen.newest];
        *slot = {.since = now};
    }
    ++slot->ticks;
    slot->mean.count += (demand.count - slot->mean.count) / static_cast<double>(slot->ticks);
    slot->peak = std::max(slot->peak, demand);
}

Levels levels(const Seen& seen, TimePoint now, Duration watched) {
    Levels found;
    for (const Slot& slot : seen.slots) {
        if (is_recent(slot, now, watched)) {
            found.add(slot, now);
        }
    }
    return found;
}

}  // namespace tided::policy::joint
