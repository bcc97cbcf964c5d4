// Suite hpa, what limits a proposal: stabilisation, policies, events, min and max.
#include <algorithm>

#include "policy/hpa/limits.h"
#include "policy/rates.h"
#include "policy/stabilize.h"
#include "tests/golden/hpa_kinds.h"
#include "tests/golden/hpa_words.h"

namespace tided::golden {
namespace json = boost::json;
namespace hpa = policy::hpa;

namespace {

Replicas replicas(const json::object& test, std::string_view name) {
    return {static_cast<std::int32_t>(integer(test, name, 0))};
}

policy::PolicyState state_of(const json::object& test) {
    return {.ups = events(array(test, "scale_up_events")),
            .downs = events(array(test, "scale_down_events"))};
}

json::value limited(const hpa::Limited& result) {
    return json::object{{"replicas", result.replicas.count}, {"reason", to_string(result.reason)}};
}

json::array counts(const std::vector<policy::Recommendation>& history) {
    json::array result;
    for (const policy::Recommendation& entry : history) {
        result.emplace_back(entry.replicas.count);
    }
    return result;
}

policy::PolicySpec bounded(const json::object& test) {
    return {.min = replicas(test, "min"), .max = replicas(test, "max")};
}

}  // namespace

Result<json::value> rate_limit_with_behavior(const json::object& test) {
    policy::PolicySpec spec = bounded(test);
    const policy::Behavior standard = default_behavior();
    spec.behavior = {.up = rules_over(test.at("effective_scale_up_rules"), standard.up),
                     .down = rules_over(test.at("effective_scale_down_rules"), standard.down)};
    return limited(hpa::limited_by_behavior(spec,
                                            replicas(test, "desired_replicas"),
                                            replicas(test, "current_replicas"),
                                            state_of(test),
                                            evaluation_instant()));
}

Result<json::value> stabilize_with_behavior(const json::object& test) {
    policy::Behavior behavior = default_behavior();
    behavior.up.stabilization = std::chrono::seconds{integer(test, "scale_up_window_s", 0)};
    behavior.down.stabilization = std::chrono::seconds{integer(test, "scale_down_window_s", 0)};
    std::vector<policy::Recommendation> history = recommendations(array(test, "recommendations"));
    const policy::Recommendation proposed{.replicas = replicas(test, "desired_replicas"),
                                          .at = evaluation_instant()};
    policy::ReasonChain reasons;
    const Replicas stable = policy::stabilized(
        behavior, proposed, replicas(test, "current_replicas"), history, reasons);
    hpa::note_in_slot(behavior, proposed, history);
    return json::object{{"replicas", stable.count}, {"stored_recommendations", counts(history)}};
}

Result<json::value> stabilize_legacy(const json::object& test) {
    std::vector<policy::Recommendation> history = recommendations(array(test, "recommendations"));
    const Replicas stable = hpa::highest_recent(
        {.replicas = replicas(test, "desired_replicas"), .at = evaluation_instant()},
        std::chrono::seconds{integer(test, "window_s", 300)},
        history);
    return json::object{{"replicas", stable.count}, {"log_length", history.size()}};
}

Result<json::value> store_scale_event(const json::object& test) {
    std::vector<policy::ScaleEvent> stored = events(array(test, "events_before"));
    const TimePoint now = evaluation_instant();
    const std::chrono::seconds period{integer(test, "change_query_period_s", 0)};
    const Replicas before{1'000};
    const policy::RateLimit counted = policy::up_limit(
        {.rates = {{policy::RateKind::pods, 1, period}}}, before, {.ups = stored}, now);
    const bool has_rules = !test.at("rules").is_null();
    const policy::ScalingRules rules = rules_over(test.at("rules"), {});
    if (has_rules) {
        hpa::note_event(
            rules,
            {.change = static_cast<std::int32_t>(integer(test, "replica_change", 0)), .at = now},
            stored);
    }
    Duration longest{};
    for (const policy::RatePolicy& rate : rules.rates) {
        longest = std::max(longest, rate.period);
    }
    json::array after;
    for (const policy::ScaleEvent& event : stored) {
        after.push_back(json::array{event.change, has_rules && event.at < now - longest});
    }
    return json::object{{"change_in_period_before_store", before.count - counted.start.count},
                        {"events_after", std::move(after)}};
}

Result<json::value> clamp_legacy(const json::object& test) {
    policy::PolicySpec spec = bounded(test);
    spec.kubernetes.scale_up_factor =
        static_cast<double>(integer(test, "scale_up_limit_factor", 2));
    return limited(hpa::limited_by_default(
        spec, replicas(test, "desired_replicas"), replicas(test, "current_replicas")));
}

Result<json::value> scale_up_limit(const json::object& test) {
    const policy::RateLimit limit =
        policy::up_limit(rules_over(test.at("rules"), default_behavior().up),
                         replicas(test, "current_replicas"),
                         state_of(test),
                         evaluation_instant(),
                         policy::FromZero::needs_pods);
    return json::object{{"limit", limit.replicas.count}};
}

Result<json::value> scale_down_limit(const json::object& test) {
    const policy::RateLimit limit =
        policy::down_limit(rules_over(test.at("rules"), default_behavior().down),
                           replicas(test, "current_replicas"),
                           state_of(test),
                           evaluation_instant());
    return json::object{{"limit", limit.replicas.count}};
}

}  // namespace tided::golden
