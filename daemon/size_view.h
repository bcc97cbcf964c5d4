// SizeView: what one policy shows of the sizes it recommends: the source of its metric series, of
// the API and of `explain`.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/joint/rank.h"
#include "policy/vocab/time.h"
#include "policy/vpa/resources.h"

namespace tided::daemon {

/// The instances' containers of one name. Amounts: millicores, bytes; none where a resource is not
/// sized.
struct ContainerSize {
    std::string container;
    policy::vpa::Amounts target{};
    policy::vpa::Amounts lower{};
    policy::vpa::Amounts upper{};
    policy::vpa::Amounts uncapped{};  ///< the target before min and max
    std::int64_t samples = 0;         ///< of CPU
    TimePoint first_sample{};
    double confidence = 0.0;           ///< 1 after a day of a sample a minute
    std::vector<std::string> reasons;  ///< what it was made of, what capped it
};

/// Its amounts by the words for them.
[[nodiscard]] inline std::array<std::pair<std::string_view, const policy::vpa::Amounts*>, 4>
bounds_of(const ContainerSize& size) {
    return {{{"target", &size.target},
             {"lower", &size.lower},
             {"upper", &size.upper},
             {"uncapped", &size.uncapped}}};
}

/// Which size would carry what the replicas do together for the least money.
struct ShapeView {
    policy::joint::Shape present{};
    std::optional<policy::joint::Ranking> ranking = std::nullopt;  ///< none: not compared yet
    std::string text;
};

/// What was compared, by the words for it; nothing before.
[[nodiscard]] inline std::vector<std::pair<std::string_view, const policy::joint::Priced*>>
shapes_of(const ShapeView& view) {
    std::vector<std::pair<std::string_view, const policy::joint::Priced*>> shapes;
    if (view.ranking) {
        shapes = {{"present", &view.ranking->staying}, {"best", &view.ranking->best}};
        if (view.ranking->runner_up) {
            shapes.emplace_back("runner_up", &*view.ranking->runner_up);
        }
    }
    return shapes;
}

struct SizeView {
    std::vector<ContainerSize> containers;  ///< by name; empty until something is known
    std::string trouble;                    ///< why usage is not seen, or not all of it; ""
    std::optional<ShapeView> shape;         ///< none: count and size are not chosen together
};

}  // namespace tided::daemon
