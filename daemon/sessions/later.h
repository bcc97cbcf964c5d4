// A session that cannot be opened yet: a secret that is not there, a kubeconfig still to come. The
// daemon starts without it, every call fails with the reason, and each tries to open it anew.
#pragma once

#include <functional>
#include <memory>

#include "daemon/sessions/session.h"

namespace tided::daemon {

using OpenSession = std::function<Result<std::unique_ptr<Session>>()>;

/// What `open` gives, or a session that asks `open` again at each call until it gives one.
/// `open` lives as long as the session and may be called from any of its calls.
[[nodiscard]] std::unique_ptr<Session> open_now_or_later(OpenSession open);

}  // namespace tided::daemon
