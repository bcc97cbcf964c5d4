// Resize watch: since when each pod's resize has been seen under way, which decides when it counts
// as stuck (in_place.h). A departure from the VPA's updater, which notes the first sight under the
// pod's namespace and name and never forgets it: there the next resize, of that pod or of its
// namesake, inherits the old start and can be evicted at once. Here the key is the pod's uid with
// the number of its resize, and an end is forgotten. `strict()` is upstream's way.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "policy/vocab/time.h"

namespace tided::policy::vpa {

/// A pod with a resize under way.
struct ResizingPod {
    std::string_view name = {};  ///< "namespace/name"
    std::string_view uid = {};
    std::int64_t resize = 0;  ///< the pod's generation that asked for it
};

struct ResizeWatchSettings {
    bool tells_resizes_apart = true;  ///< by uid and number; false: by name
    bool forgets_ended = true;

    [[nodiscard]] static constexpr ResizeWatchSettings strict() { return {false, false}; }
};

class ResizeWatch {
public:
    explicit ResizeWatch(ResizeWatchSettings settings = {}) : settings_(settings) {}

    /// Takes in every pod that is resizing, once a round; without a reading, do not call it.
    void observe(std::span<const ResizingPod> resizing, TimePoint now);

    /// How long this resize has been seen; zero for one that is new. Never negative.
    [[nodiscard]] Duration age(const ResizingPod& pod, TimePoint now) const;

    [[nodiscard]] std::size_t size() const { return seen_.size(); }

private:
    struct Seen {
        std::int64_t resize = 0;
        TimePoint since{};
        bool is_current = true;
    };

    [[nodiscard]] std::string_view key_of(const ResizingPod& pod) const;
    [[nodiscard]] bool is_same(const Seen& seen, const ResizingPod& pod) const;

    ResizeWatchSettings settings_;
    std::map<std::string, Seen, std::less<>> seen_;
};

}  // namespace tided::policy::vpa
