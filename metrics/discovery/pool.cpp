// Pool discovery: the replicas of one of the daemon's own pools, as far as they have addresses.
#include <utility>

#include "metrics/discovery/discoveries.h"
#include "metrics/phase.h"

namespace tided::metrics {
namespace {

class PoolDiscovery final : public Discovery {
public:
    PoolDiscovery(const PoolSdSpec& spec, std::string pool, PoolMembers members, DiscoveryEars ears)
        : interval_(spec.interval),
          pool_(std::move(pool)),
          members_(std::move(members)),
          ears_(std::move(ears)) {}

    boost::asio::awaitable<Status> look(Deadline /*deadline*/) override { co_return ask(); }
    [[nodiscard]] TimePoint next(TimePoint after) const override {
        return next_instant(after, interval_, phase_of(pool_, "pool_sd", interval_));
    }
    [[nodiscard]] Duration timeout() const override { return interval_; }
    [[nodiscard]] bool is_complete() const override { return is_complete_; }

private:
    Status ask() {
        auto members = members_(pool_);
        if (!members) {
            return fail(std::move(members).error());
        }
        is_complete_ = true;
        ears_.found({{.place = "pool:" + pool_, .targets = *std::move(members)}});
        return {};
    }

    Duration interval_;
    std::string pool_;
    PoolMembers members_;
    DiscoveryEars ears_;
    bool is_complete_ = false;
};

}  // namespace

std::unique_ptr<Discovery> make_discovery(const PoolSdSpec& spec,
                                          std::string pool,
                                          PoolMembers members,
                                          DiscoveryEars ears) {
    return std::make_unique<PoolDiscovery>(
        spec, std::move(pool), std::move(members), std::move(ears));
}

}  // namespace tided::metrics
