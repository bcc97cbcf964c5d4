// Exec protocol, version 1: one JSON object on the program's standard input, one on its standard
// output, exit status 0. Anything else on the output is an error; standard error is for people and
// its end is shown with an error.
//
//   observe <- {"version":1,"request":"observe","pool":"web"}
//           -> {"replicas":3,"ready":2,"present":3}          "present" left out = "replicas"
//   apply   <- {"version":1,"request":"apply","pool":"web",
//               "step":{"id":"01J9ZK3V-42","from":3,"to":5,"policy":"web"}}
//           -> {"outcome":"done"}                            asked for: observe shows it soon
//              {"outcome":"pending","after":"5s"}            not yet: asked again then (default 5s)
//              {"outcome":"refused","message":"…"}           no: decide afresh
//              {"outcome":"failed","message":"…","after":"30s"}   "after": not again before
//
// refused and failed may say "code": conflict, forbidden, not_found, throttled, out_of_capacity,
// unavailable, timed_out, unauthenticated, unsupported or invalid_input (default: conflict when
// refused, unavailable when failed). apply must be idempotent: after a lost answer the same step is
// asked again. Unknown members are ignored.
#pragma once

#include <string>
#include <string_view>

#include "policy/vocab/observed.h"
#include "policy/vocab/result.h"
#include "policy/vocab/step.h"
#include "policy/vocab/time.h"

namespace tided::actuators::exec {

[[nodiscard]] std::string observe_request(const std::string& pool);
[[nodiscard]] std::string apply_request(const std::string& pool, const Step& step);

/// Errors: corrupt, naming the member that is missing or out of range.
[[nodiscard]] Result<Observed> read_observed(std::string_view output, TimePoint now);

/// Errors: corrupt, naming the member that is missing or unknown.
[[nodiscard]] Result<Outcome> read_outcome(std::string_view output);

}  // namespace tided::actuators::exec
