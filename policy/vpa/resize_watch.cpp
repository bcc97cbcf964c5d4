#include "policy/vpa/resize_watch.h"

#include <algorithm>

namespace tided::policy::vpa {

std::string_view ResizeWatch::key_of(const ResizingPod& pod) const {
    return settings_.tells_resizes_apart ? pod.uid : pod.name;
}

bool ResizeWatch::is_same(const Seen& seen, const ResizingPod& pod) const {
    return !settings_.tells_resizes_apart || seen.resize == pod.resize;
}

void ResizeWatch::observe(std::span<const ResizingPod> resizing, TimePoint now) {
    for (auto& [key, seen] : seen_) {
        seen.is_current = false;
    }
    for (const ResizingPod& pod : resizing) {
        const Seen fresh{.resize = pod.resize, .since = now};
        const auto known = seen_.find(key_of(pod));
        if (known == seen_.end()) {
            seen_.emplace(key_of(pod), fresh);
        } else if (is_same(known->second, pod)) {
            known->second.is_current = true;
        } else {
            known->second = fresh;
        }
    }
    if (settings_.forgets_ended) {
        std::erase_if(seen_, [](const auto& entry) { return !entry.second.is_current; });
    }
}

Duration ResizeWatch::age(const ResizingPod& pod, TimePoint now) const {
    const auto known = seen_.find(key_of(pod));
    if (known == seen_.end() || !is_same(known->second, pod)) {
        return Duration::zero();
    }
    return std::max(now - known->second.since, Duration::zero());
}

}  // namespace tided::policy::vpa
