// request_target: the words of a request: path and query, Accept, the bodies of orders.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/state/store.h"
#include "daemon/telemetry/telemetry.h"
#include "policy/orders.h"

namespace tided::daemon {

struct RequestTarget {
    std::string path;                                        ///< still percent-encoded
    std::vector<std::pair<std::string, std::string>> query;  ///< decoded, in order
    bool malformed = false;                                  ///< a bad % escape in the query
};

[[nodiscard]] RequestTarget split_target(std::string_view target);

/// Whether an Accept header prefers OpenMetrics 1.0 to the text format (RFC 9110, 12.5.1).
[[nodiscard]] bool prefers_openmetrics(std::string_view accept);

/// policy, since, until (instants, see instant.h) and limit. Errors: an unknown or repeated
/// parameter, a bad value.
[[nodiscard]] Result<EventQuery> event_query(const RequestTarget& target, TimePoint now);

/// {"reason":"…","for":"2h"} or {"reason":"…","until":"2026-11-22T08:00:00Z"}; every key may be
/// left out: no reason, until resumed. The owner is the caller's. Errors: unknown keys, an end in
/// the past.
[[nodiscard]] Result<policy::Pause> parse_pause(std::string_view body, TimePoint now);

/// {"reason":"…"}; it may be left out. Errors: unknown keys.
[[nodiscard]] Result<policy::Brake> parse_brake(std::string_view body, TimePoint now);

/// {"to":12,"reason":"…","for":"2h"}, `until` in place of `for`; `to` is needed, without an end it
/// holds for an hour. Errors: as parse_pause, no count.
[[nodiscard]] Result<policy::Approval> parse_approval(std::string_view body, TimePoint now);

/// The policy whose name is one or two typing mistakes away, or "".
[[nodiscard]] std::string nearest_policy(const PolicyViews& policies, std::string_view name);

}  // namespace tided::daemon
