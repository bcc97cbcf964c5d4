// PolicyState: what a policy remembers between ticks. Durable: a restart finds it again.
//   recommendations   HPA's list: unstabilised proposals of the longest window, in order of time;
//                     those that can no longer decide anything are left out
//   ups, downs        HPA's scale events: changes that were really made, for rate policies and
//                     cool-downs
//   steps             the steps of the last hour, for guards
//   curves            what latency objectives have learned (learned_curve.h)
//   loads             what capacities have learned of their load (capacity.h)
//   conditions        of the Kubernetes profiles, as an object's status has them
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/forecast/outlook.h"
#include "policy/forecast/release.h"
#include "policy/hpa/conditions.h"
#include "policy/vocab/time.h"
#include "policy/vocab/units.h"

namespace tided::policy {

struct Recommendation {
    Replicas replicas{};
    TimePoint at{};

    friend bool operator==(const Recommendation&, const Recommendation&) = default;
};

struct ScaleEvent {
    std::int32_t change = 0;  ///< > 0, how many replicas were added or removed
    TimePoint at{};

    friend bool operator==(const ScaleEvent&, const ScaleEvent&) = default;
};

/// A step that was really made.
struct StepMark {
    TimePoint at{};
    Replicas from{};
    Replicas to{};

    [[nodiscard]] bool is_up() const { return to > from; }
    friend bool operator==(const StepMark&, const StepMark&) = default;
};

/// Steps up that are being watched for what they do to a metric.
struct UndoWatch {
    std::string metric = {};  ///< its name; empty: written by a version that did not note it
    Replicas from{};          ///< the count before the first of them
    double level = 0.0;       ///< the metric then
    TimePoint begun{};        ///< the last of them
    std::optional<TimePoint> worse_since = std::nullopt;
    /// Where they are to be taken back to, once that was decided.
    std::optional<Replicas> back_to = std::nullopt;
    std::optional<TimePoint> undone_at = std::nullopt;  ///< taken back: held at `from` for a while

    friend bool operator==(const UndoWatch&, const UndoWatch&) = default;
};

/// Latency at about one load per replica.
struct LearnedPoint {
    double load = 0.0;     ///< of one replica, the mean
    double latency = 0.0;  ///< the mean
    double weight = 0.0;   ///< how many readings it stands for; it fades with time

    friend bool operator==(const LearnedPoint&, const LearnedPoint&) = default;
};

struct LearnedCurve {
    std::string metric;                     ///< its name
    std::string load = {};                  ///< that of its load; empty: of an earlier version
    TimePoint at{};                         ///< of `last`
    LearnedPoint last{};                    ///< not yet among the points; weight 0: there is none
    std::vector<LearnedPoint> points = {};  ///< by load

    friend bool operator==(const LearnedCurve&, const LearnedCurve&) = default;
};

/// What the reading of one instant promises.
struct Foreseen {
    forecast::Outlook outlook{};
    Replicas replicas{};  ///< what there should be
    TimePoint at{};

    friend bool operator==(const Foreseen&, const Foreseen&) = default;
};

struct LearnedLoad {
    std::string metric;     ///< its name
    double capacity = 1.0;  ///< that its loads are counted in
    forecast::Memory memory{};
    forecast::SteadyNeeds recent{};
    Foreseen foreseen{};  ///< not durable

    friend bool operator==(const LearnedLoad&, const LearnedLoad&) = default;
};

struct PolicyState {
    std::vector<Recommendation> recommendations = {};
    std::vector<ScaleEvent> ups = {};
    std::vector<ScaleEvent> downs = {};
    std::vector<StepMark> steps = {};
    std::optional<UndoWatch> undo = std::nullopt;
    /// One per metric of policies with fallbacks: since when it says nothing.
    std::vector<std::optional<TimePoint>> silent_since = {};
    /// Of the metric that undo watches, if it is fresh; not durable.
    std::optional<double> last_level = std::nullopt;
    hpa::Conditions conditions = {};  ///< Kubernetes profiles
    std::vector<LearnedCurve> curves = {};
    std::vector<LearnedLoad> loads = {};

    friend bool operator==(const PolicyState&, const PolicyState&) = default;
};

}  // namespace tided::policy
