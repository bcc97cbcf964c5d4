// Notifier: tells an operator's webhooks what cannot wait for the next look at the dashboard.
// Each webhook gets the event's JSON plus "host" by POST; the queue is bounded, a failure is
// tried again with growing pauses, and the same fact is not told twice within some minutes.
//
//   event -> wanted? -> told lately? (duplicate) -> queue full? (dropped) -> sent | failed
//
// What is told: steps that failed, metrics stale and fresh again, sources and providers lost and
// back, self-partition, clock jumps, refused reloads, values without an instance. A webhook's
// `events` narrows it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "daemon/config/config.h"
#include "daemon/sessions/session.h"
#include "daemon/telemetry/telemetry.h"

namespace tided::daemon {

struct NotifierLimits {
    std::size_t queue = 100;  ///< notifications waiting per webhook
    std::size_t attempts = 4;
    Duration first_pause = std::chrono::seconds{1};  ///< doubles with every attempt
    Duration timeout = std::chrono::seconds{10};
    Duration quiet = std::chrono::minutes{5};  ///< the same fact is told once in this time
};

/// The name under which an event is told and `events` lists it ("action_failed"), "" when it is
/// none that an operator must know.
[[nodiscard]] std::string_view notification_name(const Event& event);

class Notifier {
public:
    /// What cannot be opened is an error now, or opened later (daemon/sessions/later.h).
    enum class Opening : std::uint8_t { now, now_or_later };
    using Open = std::function<Result<std::unique_ptr<actuators::Transport>>(
        const config::HttpOptions& options, Opening opening)>;

    Notifier(boost::asio::any_io_executor io, Network& network, Telemetry& telemetry);
    /// For other transports and limits than the daemon's.
    Notifier(boost::asio::any_io_executor io,
             Open open,
             Telemetry& telemetry,
             NotifierLimits limits);
    ~Notifier();
    Notifier(const Notifier&) = delete;
    Notifier& operator=(const Notifier&) = delete;

    /// Puts these webhooks in force; what waits for a former one of the same name is kept. Errors
    /// (a secret that cannot be read) name the webhook and change nothing.
    [[nodiscard]] Status set(const std::vector<config::Webhook>& webhooks,
                             Opening opening = Opening::now);

    /// Queues it for the webhooks that want it. Never waits.
    void tell(const Event& event);

    /// Lets what is queued go out until the deadline, then gives up.
    [[nodiscard]] boost::asio::awaitable<void> close(Deadline deadline);

    struct Impl;

private:
    std::shared_ptr<Impl> impl_;  ///< kept by what is being sent
};

}  // namespace tided::daemon
