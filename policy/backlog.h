// Backlog: how many replicas work off what waits. Two ways, the second from the balance of flows,
// where what n replicas do in T is what waits now and what comes meanwhile:
//
//   n * mu * T = B + l * T
//
//   per_replica     n = ceil(B / per_replica)
//   drain_within    n = ceil((l + B / T) / mu)         B waiting now, l arriving a second
//
//   mu, a second    rate / ready                          while B >= ready: every replica is busy
//                   max(rate / ready, rate_per_replica)   else, for some may be idle
//                   rate_per_replica                      nothing processed yet, or none ready
//
// Without any mu `per_replica` decides; else a pool at 0, where no rate can be measured, is woken
// by one replica, and with replicas the value cannot be judged. Without `arrivals` only what waits
// counts. B = l = 0 proposes 0. Near the present count (tolerance) the count stays. A rate or
// arrivals without a fresh reading permit more replicas, never fewer. More waiting or arriving
// never means fewer replicas; a higher rate may.
#pragma once

#include <optional>
#include <string>

#include "policy/strategy.h"

namespace tided::policy {

/// REQUIRES: the rule is a Backlog.
[[nodiscard]] std::optional<Proposal> work_off(const Question& question);
/// What waits, and what arrives within drain_within: a backlog that is worked off as it comes is
/// not idle.
[[nodiscard]] std::optional<Activity> work_at_hand(const Question& question);
[[nodiscard]] std::string backlog_words(const Reason& link, const PolicySpec& spec);

}  // namespace tided::policy
