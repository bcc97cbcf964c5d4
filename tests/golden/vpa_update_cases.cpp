// What the VPA's updater decides: which pods, in what order, in place or by eviction, how many.
#include "tests/golden/vpa_update_cases.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>

#include "policy/vpa/acceptance.h"
#include "policy/vpa/disruption.h"
#include "policy/vpa/in_place.h"
#include "policy/vpa/resize_watch.h"
#include "policy/vpa/update_priority.h"
#include "tests/golden/vpa_pod_json.h"

namespace tided::golden {

namespace json = boost::json;
using namespace policy::vpa;

namespace {

constexpr TimePoint now{std::chrono::hours{1'000'000}};

Duration seconds(const json::value& value) {
    return std::chrono::duration_cast<Duration>(
        std::chrono::duration<double>{value.to_number<double>()});
}

Replicas replicas(const json::object& test, std::string_view key) {
    return Replicas{test.at(key).to_number<std::int32_t>()};
}

UpdatePriority priority_of(const json::object& object) {
    return {.is_outside = object.at("OutsideRecommendedRange").as_bool(),
            .wants_more = object.at("ScaleUp").as_bool(),
            .difference = object.at("ResourceDiff").to_number<double>()};
}

json::object to_json(const UpdatePriority& priority) {
    return {{"OutsideRecommendedRange", priority.is_outside},
            {"ScaleUp", priority.wants_more},
            {"ResourceDiff", priority.difference}};
}

json::value priority(const json::object& test) {
    return {{"result",
             to_json(update_priority(containers(test), recommendations(test, "recommendation")))}};
}

json::value priority_less(const json::object& test) {
    return {
        {"result",
         is_lower(priority_of(test.at("a").as_object()), priority_of(test.at("b").as_object()))}};
}

/// The case tells nothing but the pods in order: they are shuffled by name first.
json::value sorted(const json::object& test) {
    std::vector<RankedPod> pods;
    for (const json::value& pod : test.at("ordered_before_admission").as_array()) {
        pods.push_back({.pod = text(pod.as_object(), "pod"),
                        .priority = priority_of(pod.at("priority").as_object())});
    }
    std::ranges::sort(pods, std::ranges::greater{}, &RankedPod::pod);
    sort_by_priority(pods);
    json::array ordered;
    for (const RankedPod& pod : pods) {
        ordered.push_back({{"pod", pod.pod}, {"priority", to_json(pod.priority)}});
    }
    return {{"ordered_before_admission", std::move(ordered)}};
}

std::vector<Termination> terminations(const json::object& test) {
    const std::vector<ContainerPolicy> all = policies(test);
    std::vector<Termination> result;
    const json::value* ends = member(test, "last_terminations");
    if (ends == nullptr) {
        return result;
    }
    for (const json::value& end : ends->as_array()) {
        const std::string_view container = text(end.as_object(), "container");
        const ContainerPolicy* own = policy_for(all, container);
        if (is_observed(test, container) && (own == nullptr || !own->is_off)) {
            result.push_back({.was_oom_kill = text(end.as_object(), "reason") == "OOMKilled",
                              .ran = seconds(end.at("ran_seconds"))});
        }
    }
    return result;
}

json::value add_pod(const json::object& test) {
    const AcceptanceSettings settings{
        .least_difference = Ratio{test.at("min_change_priority").to_number<double>()},
        .lifetime = seconds(test.at("lifetime_threshold_seconds")),
        .quick_oom = seconds(test.at("evict_after_oom_seconds"))};
    Candidate candidate{.priority = priority_of(test.at("priority").as_object()),
                        .has_quick_oom = has_quick_oom(terminations(test), settings.quick_oom)};
    if (const json::value* age = member(test, "age_seconds")) {
        candidate.age = seconds(*age);
    }
    candidate.was_refused = text(test, "update_mode") == "InPlace" &&
                            member(test, "last_infeasible_attempt") != nullptr &&
                            !asks_for_less(recommendations(test, "last_infeasible_attempt"),
                                           recommendations(test, "recommendation"));
    return {{"accepted", is_accepted(accept(candidate, settings))}};
}

json::value infeasible_retry(const json::object& test) {
    return {{"result", asks_for_less(recommendations(test, "last"), recommendations(test, "new"))}};
}

EvictionRequirement requirement_of(const json::object& object) {
    EvictionRequirement requirement{.direction = text(object, "changeRequirement") ==
                                                         "TargetLowerThanRequests"
                                                     ? Direction::lower
                                                     : Direction::higher};
    for (const json::value& name : object.at("resources").as_array()) {
        (resource_named(name.as_string()) == Resource::cpu ? requirement.cpu : requirement.memory) =
            true;
    }
    return requirement;
}

/// A VPA without an update policy asks for nothing, not even for a recommendation.
json::value scaling_direction(const json::object& test) {
    const json::value* all = member(test, "requirements");
    if (all == nullptr) {
        return {{"result", true}};
    }
    std::vector<EvictionRequirement> requirements;
    for (const json::value& one : all->as_array()) {
        requirements.push_back(requirement_of(one.as_object()));
    }
    return {
        {"result", meets(containers(test), recommendations(test, "recommendation"), requirements)}};
}

json::value disruptable(const json::object& test) {
    const DisruptionSettings settings{
        .fraction = Ratio{test.at("eviction_tolerance_fraction").to_number<double>()}};
    Group group{.configured = replicas(test, "configured"),
                .running = replicas(test, "running"),
                .pending = replicas(test, "pending")};
    while (may_disrupt(group, settings)) {
        ++group.disrupted.count;
    }
    return {{"evictable_in_one_loop", group.disrupted.count},
            {"in_place_in_one_loop", group.disrupted.count}};
}

template <typename Value, std::size_t count>
Value named(const std::array<std::pair<std::string_view, Value>, count>& table,
            std::string_view name) {
    const auto row = std::ranges::find(table, name, &std::pair<std::string_view, Value>::first);
    return row == table.end() ? throw std::invalid_argument("not known: " + std::string{name})
                              : row->second;
}

constexpr std::array<std::pair<std::string_view, UpdateMode>, 6> modes{
    {{"Off", UpdateMode::off},
     {"Initial", UpdateMode::initial},
     {"Recreate", UpdateMode::recreate},
     {"Auto", UpdateMode::recreate},
     {"InPlaceOrRecreate", UpdateMode::in_place_or_recreate},
     {"InPlace", UpdateMode::in_place}}};

using Conditions = std::array<ResizeCondition, 1>;

constexpr std::array<std::pair<std::string_view, Conditions>, 7> conditions{
    {{"none", {{{false, false, ResizeReason::none}}}},
     {"pending_deferred", {{{true, true, ResizeReason::deferred}}}},
     {"pending_infeasible", {{{true, true, ResizeReason::infeasible}}}},
     {"pending_other", {{{true, true, ResizeReason::other}}}},
     {"in_progress", {{{false, true, ResizeReason::none}}}},
     {"in_progress_error", {{{false, true, ResizeReason::error}}}},
     {"in_progress_other", {{{false, true, ResizeReason::other}}}}}};

constexpr std::array<std::pair<std::string_view, InPlaceDecision>, 5> decisions{
    {{"Approved", InPlaceDecision::approved},
     {"Deferred", InPlaceDecision::deferred},
     {"Evict", InPlaceDecision::evict},
     {"Infeasible", InPlaceDecision::infeasible},
     {"InfeasibleCached", InPlaceDecision::infeasible_cached}}};

/// As long as upstream's watch has seen the resize of the case.
Duration resizing_for(const json::object& test) {
    const ResizingPod pod{.name = "default/pod", .uid = "uid"};
    ResizeWatch watch{ResizeWatchSettings::strict()};
    if (const json::value* age = member(test, "seconds_since_first_seen_resizing")) {
        watch.observe({&pod, 1}, now - seconds(*age));
    }
    return watch.age(pod, now);
}

json::value in_place(const json::object& test) {
    const InPlaceSettings settings{.has_in_place_mode = test.at("in_place_gate").as_bool(),
                                   .spares_budget = test.at("skip_disruption_budget").as_bool()};
    const InPlaceQuestion question{
        .mode = named(modes, text(test, "update_mode")),
        .resize = resize_state(named(conditions, text(test, "resize_condition"))),
        .resizing_for = resizing_for(test),
        .is_disruptable = test.at("group_disruptable").as_bool(),
        .was_refused = text(test, "last_infeasible_attempt") == "same"};
    const InPlaceDecision decision = decide_in_place(question, settings);
    const auto row = std::ranges::find(
        decisions, decision, &std::pair<std::string_view, InPlaceDecision>::second);
    return {{"in_place_decision", row->first}, {"can_evict", may_evict(question, settings)}};
}

constexpr std::array<std::string_view, 1> result{"result"};
constexpr std::array<std::string_view, 1> accepted{"accepted"};
constexpr std::array<std::string_view, 1> ordered{"ordered_before_admission"};
constexpr std::array<std::string_view, 2> in_one_loop{"evictable_in_one_loop",
                                                      "in_place_in_one_loop"};
constexpr std::array<std::string_view, 2> decided{"in_place_decision", "can_evict"};

constexpr std::array<CaseKind, 8> kinds{
    {{"updater_priority", &caught<priority>, result},
     {"updater_priority_less", &caught<priority_less>, result},
     {"updater_sorted", &caught<sorted>, ordered},
     {"updater_add_pod", &caught<add_pod>, accepted},
     {"updater_infeasible_retry", &caught<infeasible_retry>, result},
     {"updater_scaling_direction", &caught<scaling_direction>, result},
     {"updater_disruptable_grid", &caught<disruptable>, in_one_loop},
     {"updater_in_place_grid", &caught<in_place>, decided}}};

}  // namespace

std::span<const CaseKind> updater_case_kinds() {
    return kinds;
}

std::span<const CaseKind> update_case_kinds() {
    static const std::vector<CaseKind> all = [] {
        std::vector<CaseKind> joined;
        for (const auto some :
             {updater_case_kinds(), admission_case_kinds(), balancer_case_kinds()}) {
            joined.insert(joined.end(), some.begin(), some.end());
        }
        return joined;
    }();
    return all;
}

}  // namespace tided::golden
