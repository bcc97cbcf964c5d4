// What an actuator does that has nothing to tend and nothing to remember.
#include "actuators/actuator.h"

namespace tided::actuators {

boost::asio::awaitable<Duration> Actuator::tend(TimePoint /*now*/, Deadline /*deadline*/) {
    co_return std::chrono::hours{1};
}

boost::asio::awaitable<Duration> Actuator::keep_up(TimePoint now, Deadline deadline) {
    return tend(now, deadline);
}

Status Actuator::restore(const std::string& /*checkpoint*/, Origin /*origin*/, TimePoint /*now*/) {
    return {};
}

boost::asio::awaitable<void> Actuator::close(Closing /*why*/,
                                             TimePoint /*now*/,
                                             Deadline /*deadline*/) {
    co_return;
}

}  // namespace tided::actuators
