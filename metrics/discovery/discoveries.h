// The table of discoveries: one row adds one; finder.cpp makes them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "metrics/discovery/discovery.h"
#include "metrics/discovery/host.h"
#include "metrics/discovery/spec.h"
#include "metrics/transport.h"

namespace tided::metrics {

/// The replicas of a pool of this daemon, each with its __address__ and __meta_pool_*.
/// Errors: it is not known yet which there are.
using PoolMembers = std::function<Result<std::vector<Labels>>(const std::string& pool)>;

/// What discoveries ask of the world. A null port belongs to a discovery that is not configured.
struct DiscoveryPorts {
    Host* host = nullptr;
    Transport* http = nullptr;        ///< the session of http_sd
    Transport* kubernetes = nullptr;  ///< that of kubernetes_sd's provider
    PoolMembers pool_members{};
};

// REQUIRES: the ports outlive what is made.
[[nodiscard]] std::unique_ptr<Discovery> make_discovery(FileSdSpec spec,
                                                        Host& host,
                                                        DiscoveryEars ears);
[[nodiscard]] std::unique_ptr<Discovery> make_discovery(HttpSdSpec spec,
                                                        Transport& transport,
                                                        DiscoveryEars ears);
[[nodiscard]] std::unique_ptr<Discovery> make_discovery(const DnsSdSpec& spec,
                                                        std::string name,
                                                        Host& host,
                                                        DiscoveryEars ears);
/// `space`: one namespace, "" for all.
[[nodiscard]] std::unique_ptr<Discovery> make_discovery(const KubernetesSdSpec& spec,
                                                        const std::string& space,
                                                        Transport& transport,
                                                        DiscoveryEars ears);
[[nodiscard]] std::unique_ptr<Discovery> make_discovery(const PoolSdSpec& spec,
                                                        std::string pool,
                                                        PoolMembers members,
                                                        DiscoveryEars ears);

}  // namespace tided::metrics
