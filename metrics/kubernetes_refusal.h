// Kubernetes refusal: what it means when a metrics API answers anything but 200, and what an
// operator can do about it. The API server speaks for itself (401, 403: a Status object), for an
// API that nobody serves (404), or for the server it passes the request on to (503: plain text);
// else that server's own Status comes through.
#pragma once

#include "metrics/kubernetes_request.h"
#include "metrics/transport.h"
#include "policy/vocab/error.h"

namespace tided::metrics {

/// REQUIRES: page.status is not 200.
[[nodiscard]] Error kubernetes_refusal(const KubernetesRequest& request, const Page& page);

/// Whether an answer of status 404 says that the server does not know the path at all, as against a
/// metric or an object.
[[nodiscard]] bool is_unknown_path(const Page& page);

}  // namespace tided::metrics
