// Answer: what the Kubernetes API server says when it does not say 200.
//
//   {"kind":"Status","status":"Failure","message":"…","reason":"Conflict",
//    "details":{"retryAfterSeconds":1},"code":409}
//
//   400 406 413 422 other 4xx   invalid_input      409        conflict
//   401                         unauthenticated    429        throttled
//   403                         forbidden          504        timed_out
//   404 410                     not_found          other 5xx  unavailable
//   405 415                     unsupported        3xx, 1xx   corrupt
//
// Retry-After (seconds) or details.retryAfterSeconds, the longer one, becomes retry_after. Bodies
// that are no Status (a proxy's HTML, nothing, half a text) are shown by their beginning.
#pragma once

#include "actuators/transport.h"
#include "policy/vocab/error.h"

namespace tided::actuators::kubernetes {

[[nodiscard]] bool is_success(const Response& response);

/// REQUIRES: !is_success(response). `effect` is none: whoever sent a write knows better.
[[nodiscard]] Error error_of(const Response& response);

/// Whether a write that got this answer may have been carried out: 5xx but 503.
[[nodiscard]] Effect effect_of_write(const Response& response);

}  // namespace tided::actuators::kubernetes
