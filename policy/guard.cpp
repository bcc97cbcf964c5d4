#include "policy/guard.h"

#include <array>

namespace tided::policy {

namespace {

using Veto = std::optional<std::string>;

std::string instant(TimePoint at) {
    std::string text = tided::to_string(at);
    if (text.ends_with(".000Z")) {
        text.replace(text.size() - 5, 5, "Z");
    }
    return text;
}

Veto self_partition(const Decision& /*decision*/, const Circumstances& now) {
    if (!now.self_partitioned) {
        return std::nullopt;
    }
    return "most sources and providers were silent at once, so our own network is suspected";
}

Veto pause(const Decision& /*decision*/, const Circumstances& now) {
    if (now.pause == nullptr || (now.pause->until && *now.pause->until <= now.now)) {
        return std::nullopt;
    }
    std::string why = "paused by " + now.pause->owner;
    why += now.pause->until ? " until " + instant(*now.pause->until) : " until resumed";
    return now.pause->reason.empty() ? why : why + ": " + now.pause->reason;
}

Veto in_flight(const Decision& /*decision*/, const Circumstances& now) {
    if (!now.step_in_flight) {
        return std::nullopt;
    }
    return "an earlier step is still in flight";
}

Veto observation_stale(const Decision& /*decision*/, const Circumstances& now) {
    if (now.observation_age <= now.observation_max_age) {
        return std::nullopt;
    }
    return "the pool was last observed " + tided::to_string(now.observation_age) +
           " ago, at most " + tided::to_string(now.observation_max_age) + " is allowed";
}

Veto clock_jump(const Decision& decision, const Circumstances& now) {
    if (decision.direction() != Direction::down || !now.clock_held_until ||
        *now.clock_held_until <= now.now) {
        return std::nullopt;
    }
    return "the wall clock jumped, no scale-down before " + instant(*now.clock_held_until);
}

Veto back_off(const Decision& /*decision*/, const Circumstances& now) {
    if (!now.retry_not_before || *now.retry_not_before <= now.now) {
        return std::nullopt;
    }
    return "the last step failed, no retry before " + instant(*now.retry_not_before);
}

struct Guard {
    GuardCode code{};
    std::string_view name;
    Veto (*ask)(const Decision&, const Circumstances&) = nullptr;
};

/// In the order in which refusals are told.
constexpr std::array<Guard, 6> guards{
    {{GuardCode::self_partition, "self_partition", &self_partition},
     {GuardCode::pause, "pause", &pause},
     {GuardCode::in_flight, "in_flight", &in_flight},
     {GuardCode::observation_stale, "observation_stale", &observation_stale},
     {GuardCode::clock_jump, "clock_jump", &clock_jump},
     {GuardCode::back_off, "back_off", &back_off}}};

}  // namespace

std::string_view to_string(GuardCode code) {
    for (const Guard& guard : guards) {
        if (guard.code == code) {
            return guard.name;
        }
    }
    return "unknown";
}

Plan plan(const Decision& decision, const Circumstances& circumstances) {
    Plan result;
    if (decision.direction() == Direction::hold) {
        return result;
    }
    for (const Guard& guard : guards) {
        if (Veto why = guard.ask(decision, circumstances)) {
            result.refusals.push_back({.guard = guard.code, .why = *std::move(why)});
        }
    }
    if (result.refusals.empty()) {
        result.step_to = decision.desired;
    }
    return result;
}

}  // namespace tided::policy
