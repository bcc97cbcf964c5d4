// A source of the policy file come alive: with a session of its own, of several servers that stand
// in for one another, or its provider's; and with the ports by which it finds targets.
#pragma once

#include <memory>

#include "daemon/fleet.h"
#include "daemon/sessions/later.h"
#include "policy/vocab/result.h"

namespace tided::daemon {

/// Providers that lend a source their account; null: none.
struct SourceAccounts {
    std::shared_ptr<LiveProvider> session;        ///< all of it is asked over that
    std::shared_ptr<LiveProvider> kubernetes_sd;  ///< its API knows the targets
};

/// `same` itself when nothing of it differs. Errors: a session that cannot be opened.
[[nodiscard]] Result<std::shared_ptr<LiveSource>> make_live_source(const config::Source& wanted,
                                                                   SourceAccounts accounts,
                                                                   std::shared_ptr<LiveSource> same,
                                                                   const Workshop& workshop);

/// A reload refuses what cannot be opened; a start goes on with the rest of the fleet.
[[nodiscard]] Result<std::unique_ptr<Session>> open_session(const Workshop& workshop,
                                                            const OpenSession& session);

}  // namespace tided::daemon
