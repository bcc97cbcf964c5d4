// The words of the hpa suite: JSON of a case as values of the core. Times are seconds relative to
// the instant of evaluation, "zero" is Go's zero time; amounts are milli-units.
#pragma once

#include <deque>
#include <vector>

#include <boost/json/object.hpp>

#include "policy/decide.h"
#include "tests/golden/json_words.h"

namespace tided::golden {

/// The instant of evaluation. Stored stamps are a little older than their age says, as upstream's
/// clock has moved on since they were built.
[[nodiscard]] TimePoint evaluation_instant();

/// The instant a stamp of a case names.
[[nodiscard]] TimePoint instant_of(const boost::json::value& stamp);

/// `member` as an integer, `otherwise` when it is absent or null.
[[nodiscard]] std::int64_t integer(const boost::json::object& object,
                                   std::string_view member,
                                   std::int64_t otherwise);

/// The array called `member`; an empty one when it is absent or null.
[[nodiscard]] const boost::json::array& array(const boost::json::object& object,
                                              std::string_view member);

[[nodiscard]] policy::Profile profile_of(const boost::json::object& test);

/// [[replicas, time], ...]
[[nodiscard]] std::vector<policy::Recommendation> recommendations(const boost::json::array& list);
[[nodiscard]] std::vector<policy::ScaleEvent> events(const boost::json::array& list);

/// Rules as the API has them (StabilizationWindowSeconds, SelectPolicy, Policies, Tolerance), over
/// the defaults of their direction.
[[nodiscard]] policy::ScalingRules rules_over(const boost::json::value& rules,
                                              policy::ScalingRules standard);

/// The controller's defaults for both directions, with 10 % tolerance.
[[nodiscard]] policy::Behavior default_behavior();

/// Pods with the samples that belong to them. Views into the case's JSON, which must live on.
class Workload {
public:
    /// `samples`: [{pod, ts, window, containers | value}]
    Workload(const boost::json::array& pods, const boost::json::array& samples);

    [[nodiscard]] PodSamples samples() const { return {.pods = pods_, .strangers = strangers_}; }
    [[nodiscard]] const std::vector<Pod>& pods() const { return pods_; }

private:
    [[nodiscard]] Pod pod_of(const boost::json::object& object);
    [[nodiscard]] PodUsage usage_of(const boost::json::object& object);

    std::deque<std::vector<ContainerAmount>> amounts_;
    std::vector<Pod> pods_;
    std::vector<PodUsage> strangers_;
};

}  // namespace tided::golden
