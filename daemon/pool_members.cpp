#include "daemon/pool_members.h"

#include <algorithm>
#include <variant>

namespace tided::daemon {

Result<std::vector<Labels>> members_of(const Fleet& fleet, const std::string& pool) {
    const auto found = std::find_if(fleet.pools.begin(), fleet.pools.end(), [&](const auto& live) {
        return live->config.name == pool;
    });
    const auto* spec = found == fleet.pools.end()
                           ? nullptr
                           : std::get_if<actuators::ProcessPoolSpec>(&(*found)->config.spec);
    if (spec == nullptr || !(*found)->observed) {
        return fail(ErrorCode::unavailable, "pool " + pool + " has not been observed yet");
    }
    std::vector<Labels> members;
    for (std::int32_t index = 0; index < (*found)->observed->replicas.count; ++index) {
        const std::string port = std::to_string(spec->first_port + index);
        members.push_back({{"__address__", "127.0.0.1:" + port},
                           {"__meta_pool_index", std::to_string(index)},
                           {"__meta_pool_name", pool}});
    }
    return members;
}

}  // namespace tided::daemon
