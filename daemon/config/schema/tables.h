// The tables of the schema, one definition file per part; schema.cpp lists them.
#pragma once

#include "daemon/config/schema/schema.h"

namespace tided::config::tables {

extern const Table daemon, daemon_tls, daemon_auth, notify;                 // daemon.cpp
extern const Table http, auth, tls;                                         // http.cpp
extern const Table scrape, prometheus;                                      // sources.cpp
extern const Table provider, provider_kubernetes, facts;                    // providers.cpp
extern const Table pool, pool_process, pool_exec, pool_kubernetes;          // pools.cpp
extern const Table policy, metric, target, behavior, scale_up, scale_down,  // policies.cpp
    rate;

}  // namespace tided::config::tables
