#include "policy/guard.h"

#include <array>

#include "policy/guards/vetoes.h"

namespace tided::policy {

namespace {

struct Guard {
    GuardCode code{};
    std::string_view name;
    Veto (*ask)(const Move&) = nullptr;  ///< null: not asked of one policy alone
};

/// In the order in which refusals are told.
constexpr std::array<Guard, 15> guards{
    {{GuardCode::brake, "brake", &brake},
     {GuardCode::self_partition, "self_partition", &self_partition},
     {GuardCode::pause, "pause", &pause},
     {GuardCode::freeze, "freeze", &freeze},
     {GuardCode::observation_stale, "observation_stale", &observation_stale},
     {GuardCode::clock_jump, "clock_jump", &clock_jump},
     {GuardCode::bounds, "bounds", &bounds},
     {GuardCode::freshness, "freshness", &freshness},
     {GuardCode::in_flight, "in_flight", &in_flight},
     {GuardCode::back_off, "back_off", &back_off},
     {GuardCode::cooldown, "cooldown", &cooldown},
     {GuardCode::steps_per_hour, "steps_per_hour", &steps_per_hour},
     {GuardCode::flapping, "flapping", &flapping},
     {GuardCode::approval, "approval", &approval},
     {GuardCode::blast_radius, "blast_radius", nullptr}}};

}  // namespace

std::string instant(TimePoint at) {
    std::string text = tided::to_string(at);
    if (text.ends_with(".000Z")) {
        text.replace(text.size() - 5, 5, "Z");
    }
    return text;
}

std::string_view to_string(GuardCode code) {
    for (const Guard& guard : guards) {
        if (guard.code == code) {
            return guard.name;
        }
    }
    return "unknown";
}

Plan plan(const PolicySpec& spec,
          const PolicyState& state,
          const Decision& decision,
          const Circumstances& circumstances) {
    Plan result;
    if (decision.direction() == Direction::hold) {
        return result;
    }
    const Move move{.spec = spec, .state = state, .decision = decision, .around = circumstances};
    for (const Guard& guard : guards) {
        if (guard.ask == nullptr) {
            continue;
        }
        if (Veto why = guard.ask(move)) {
            result.refusals.push_back({.guard = guard.code, .why = *std::move(why)});
        }
    }
    if (result.refusals.empty()) {
        result.step_to = decision.desired;
    }
    return result;
}

}  // namespace tided::policy
