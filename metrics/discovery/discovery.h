// Discovery: one place where targets are looked up: some files, a server, a name, an API. The
// source drives it as one of its lanes. It tells what it found place by place, and only what it
// knows: a look that failed tells nothing, and so leaves everything as it was.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "metrics/discovery/target_set.h"
#include "policy/vocab/result.h"
#include "policy/vocab/time.h"

namespace tided::metrics {

/// Who hears of news: some places as they are now. None at all says that a watch works.
using TellFound = std::function<void(std::vector<Found>)>;

class Discovery {
public:
    Discovery() = default;
    Discovery(const Discovery&) = delete;
    Discovery& operator=(const Discovery&) = delete;
    virtual ~Discovery() = default;

    /// Looks once and tells what is new; may go on telling until the deadline (a watch).
    /// Errors: why it is not known what there is, or in which part; the message says where.
    [[nodiscard]] virtual boost::asio::awaitable<Status> look(Deadline deadline) = 0;

    /// When it wants to look again, strictly after `after`.
    [[nodiscard]] virtual TimePoint next(TimePoint after) const = 0;

    /// How long one look may take.
    [[nodiscard]] virtual Duration timeout() const = 0;

    /// Whether it has told all there is at least once.
    [[nodiscard]] virtual bool is_complete() const = 0;

    /// Ends a look under way and what it watches; nothing is told from now on.
    virtual void end() {}
};

/// What a discovery tells and asks of its source.
struct DiscoveryEars {
    TellFound found;
    std::function<void()> due;  ///< next() has changed: look again sooner
};

}  // namespace tided::metrics
