// The tables of the schema, one definition file per part; schema.cpp lists them.
#pragma once

#include "daemon/config/schema/schema.h"

namespace tided::config::tables {

extern const Table daemon, daemon_tls, daemon_auth, notify;           // daemon.cpp
extern const Table http, auth, tls;                                   // http.cpp
extern const Table scrape, prometheus, kubernetes_metrics;            // sources.cpp
extern const Table file_sd, http_sd, dns_sd, kubernetes_sd, pool_sd,  // discovery.cpp
    relabel;
extern const Table provider, provider_kubernetes, facts;            // providers.cpp
extern const Table pool, pool_process, pool_exec, pool_kubernetes;  // pools.cpp
extern const Table policy, behavior, scale_up, scale_down, rate, for_each,
    overriding;                                                                 // policies.cpp
extern const Table metric, target, fallback, overriding_metric;                 // metrics.cpp
extern const Table threshold, band, backlog, latency, latency_point;            // rules.cpp
extern const Table schedule, holidays;                                          // schedule.cpp
extern const Table guards, approval, flapping, undo, limits;                    // guards.cpp
extern const Table vertical, vertical_cpu, vertical_memory, vertical_estimate;  // vertical.cpp
extern const Table sized_container, sized_cpu, sized_memory;                    // the same
extern const Table joint, joint_cpu, joint_memory;                              // joint.cpp

}  // namespace tided::config::tables
