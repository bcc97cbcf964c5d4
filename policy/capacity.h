// Capacity: a metric is load, and one replica carries so much of it within its objective. How many
// are kept beyond that is learned, not told (forecast/): HPA's target of 70 % has one margin for
// every hour of every service.
//
//   outlook   what the load, counted in replicas, will be when one asked for now serves
//   proposal  the outlook, rounded up; fewer than the count only as release.h lets them go
//
// Replicas that are starting are part of the count, so they are coming capacity and not asked for
// twice. Without a fresh reading nothing is learned, and a partial one is judged by the headroom
// alone. Idle (activation.h) is who had nothing to do for five minutes: traffic that vanished
// counts as it was while it is held.
#pragma once

#include <optional>
#include <string>

#include "policy/decide.h"
#include "policy/strategy.h"

namespace tided::policy {

/// REQUIRES: the rule is a Capacity; learn_loads() was called at this instant.
[[nodiscard]] std::optional<Proposal> cover_load(const Question& question);
/// The largest load of the last five minutes; at a count of 0 the load.
[[nodiscard]] std::optional<Activity> recent_load(const Question& question);
[[nodiscard]] std::string capacity_words(const Reason& link, const PolicySpec& spec);

/// Learns from the fresh readings of this instant, once, and notes in `state` what they promise.
void learn_loads(const PolicySpec& spec, const Inputs& inputs, PolicyState& state);

/// After a wall-clock jump: all instants keep their age.
void shift(LearnedLoad& learned, Duration jump);
/// After a restart: who was away has not seen replicas start, and the first reading lets none go.
void resume(LearnedLoad& learned, TimePoint now);

/// How long a replica takes to start, if one of the policy's metrics has learned it.
[[nodiscard]] std::optional<Duration> start_time(const PolicyState& state);

}  // namespace tided::policy
