// Latency: hold a latency under an objective by a model of it, latency = f(u), u = load / ready
// replicas, where load is another metric (what all replicas together are asked for):
//
//   u* = the largest u with f(u) <= objective        n = ceil(load / u*)
//
//   given     f runs straight between the points of the rule's curve; beyond them nothing is known,
//             so u* is at most the last one's load
//   learned   f is fitted to what was observed (learned_curve.h), if it errs by at most max_error;
//             u* is at most 1.25 times the largest load seen: farther than that nobody has been
//   reactive  while there is no such f: the ratio r = latency / objective on the count before the
//             changes of the last cool-down: at most doubled above the objective, at most a tenth
//             (at least 1) fewer below it, for a latency does not say how much room is left
//
// Near enough (tolerance on load / (u* * present), or on r) the count stays. While the latency is
// above its objective no model proposes fewer. No load proposes 0, and some load at 0 replicas 1
// where there is no model, whether the latency has a value or not. A load without a fresh reading
// permits more replicas, never fewer. At rest nothing is allocated; a learned f is fitted anew at
// every tick, see learned_curve.h for what that costs.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "policy/decide.h"
#include "policy/strategy.h"

namespace tided::policy {

/// REQUIRES: the rule is a Latency.
[[nodiscard]] std::optional<Proposal> hold_latency(const Question& question);
/// The load: a latency is not how much there is to do.
[[nodiscard]] std::optional<Activity> load_of(const Question& question);
/// Without traffic, and from a pool at 0, there is no latency: a load of 0 says enough then, and so
/// does any at 0 replicas.
[[nodiscard]] bool load_says_enough(const Rule& rule,
                                    std::span<const Reading> readings,
                                    Replicas count);
[[nodiscard]] std::string latency_words(const Reason& link, const PolicySpec& spec);

/// Notes load and latency of this instant in `state` for every objective whose curve is learned.
/// Not while replicas start or end, nor before the last step is a cool-down old: the latency may
/// not show them yet.
void learn_latencies(const PolicySpec& spec, const Inputs& inputs, PolicyState& state);

}  // namespace tided::policy
