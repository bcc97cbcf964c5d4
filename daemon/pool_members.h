// Pool members: the replicas of a pool as addresses to scrape. Only a process pool whose template
// has ports says where its replicas are: on this host, first_port + index each.
#pragma once

#include <string>
#include <vector>

#include "daemon/fleet.h"
#include "policy/vocab/labels.h"
#include "policy/vocab/result.h"

namespace tided::daemon {

/// Each with __address__, __meta_pool_name and __meta_pool_index. Those asked for at the last
/// observation; one that is starting refuses until it listens.
/// Errors: unavailable, while the pool has not been observed.
[[nodiscard]] Result<std::vector<Labels>> members_of(const Fleet& fleet, const std::string& pool);

}  // namespace tided::daemon
