#include "daemon/sessions/server_choice.h"

#include <algorithm>
#include <numeric>

namespace tided::daemon {
namespace {

constexpr std::chrono::seconds probe_interval{10};
constexpr std::chrono::minutes soon_after_return{10};
constexpr std::chrono::seconds longest_proof{3600};

}  // namespace

std::vector<std::size_t> ServerChoice::order() const {
    std::vector<std::size_t> all(servers_.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    std::stable_sort(all.begin(), all.end(), [this](std::size_t a, std::size_t b) {
        if (is_failing(a) != is_failing(b)) {
            return is_failing(b);
        }
        return a == current_ && b != current_;
    });
    return all;
}

void ServerChoice::failed(std::size_t server, Failure failure, Instant now) {
    Server& one = servers_[server];
    one.failures += failure == Failure::refused ? 2 : 1;
    one.well_since.reset();
    if (is_failing(server) && one.returned_at && now - *one.returned_at < soon_after_return) {
        one.returned_at.reset();
        one.proof = std::min(one.proof * 2, longest_proof);
    }
}

bool ServerChoice::answered(std::size_t server) {
    servers_[server].failures = 0;
    const bool is_move = server != current_ && is_failing(current_);
    current_ = is_move ? server : current_;
    return is_move;
}

std::optional<std::size_t> ServerChoice::probe_due(Instant now) const {
    for (std::size_t server = 0; server < current_; ++server) {
        const Server& one = servers_[server];
        if (one.probed_at == Instant{} || now - one.probed_at >= probe_interval) {
            return server;
        }
    }
    return std::nullopt;
}

bool ServerChoice::probed(std::size_t server, bool is_well, Instant now) {
    Server& one = servers_[server];
    if (!is_well) {
        one.well_since.reset();
        return false;
    }
    one.well_since = one.well_since.value_or(now);
    if (server >= current_ || now - *one.well_since < one.proof) {
        return false;
    }
    one.failures = 0;
    one.returned_at = now;
    current_ = server;
    return true;
}

}  // namespace tided::daemon
