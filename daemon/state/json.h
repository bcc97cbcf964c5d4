// json: what the state store holds as JSON, for `tided state export|import`, for the
// reasons column of events and for files of schema 0.
//
//   {"version":1,
//    "policies":[{"name":"web","state":hex of codec.h's
//    blob,"recommendations":[[ms,replicas],…],"ups":[[ms,change],…],
//                 "downs":[…],"pause":{"owner":…,"reason":…,"since":ms,"until":ms|null}|null}],
//    "pools":[{"identity":…,"checkpoint":…}], "steps":[{…}], "events":[{…}],
//    "usages":[{"policy":…,"history":hex of usage_codec.h's blob}], "facts":{…}}
//
// "state" is what an import takes; the lists beside it are for readers, and for exports of versions
// that had nothing else. Instants are milliseconds since 1970 (exact, unlike a text of local
// habits).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/state/store.h"

namespace tided::daemon {

[[nodiscard]] std::string export_document(const Batch& everything);

/// The inverse. Errors: invalid_input with what is wrong ("policies[3].name: expected a string").
[[nodiscard]] Result<Batch> parse_document(std::string_view json);

/// One policy's history and pause, the object of "policies" above.
[[nodiscard]] Result<PolicyRecord> parse_policy(std::string_view json);

/// ["a","b"] and back; "" is no reasons.
[[nodiscard]] std::string strings_to_json(const std::vector<std::string>& strings);
[[nodiscard]] Result<std::vector<std::string>> strings_from_json(std::string_view json);

/// "intended", "pending", "finished".
[[nodiscard]] std::string_view to_string(StepPhase phase);
[[nodiscard]] Result<StepPhase> step_phase(std::string_view text);

}  // namespace tided::daemon
