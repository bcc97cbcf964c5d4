// Finder: all discoveries of one source, and the targets they find together. It holds what was
// found while a discovery fails, and says whether the targets may be others than these.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "metrics/discovery/discoveries.h"
#include "metrics/discovery/discovery.h"
#include "metrics/discovery/target_set.h"
#include "metrics/spec.h"
#include "policy/vocab/result.h"
#include "policy/vocab/time.h"

namespace tided::metrics {

class Finder {
public:
    /// `on_change` hears at once what came and went. REQUIRES: all of it outlives the finder.
    Finder(const ScrapeSpec& spec,
           const DiscoveryPorts& ports,
           std::function<void(TargetSet::Change)> on_change);

    /// Tells the source's own list; then the finder may be used.
    void begin();

    [[nodiscard]] std::size_t size() const { return lookouts_.size(); }
    [[nodiscard]] TimePoint next(std::size_t index, TimePoint after) const {
        return lookouts_[index].discovery->next(after);
    }
    [[nodiscard]] Duration timeout(std::size_t index) const {
        return lookouts_[index].discovery->timeout();
    }
    [[nodiscard]] boost::asio::awaitable<Status> look(std::size_t index, Deadline deadline);

    /// Whether all there is has been found at least once.
    [[nodiscard]] bool is_complete() const;
    /// Whether each discovery has looked, well or not.
    [[nodiscard]] bool is_tried() const;
    /// Why the targets may be others than these: the first discovery that fails, a limit that
    /// bites, targets that are none. "" when all is well.
    [[nodiscard]] std::string trouble() const;
    /// Whether targets may have come or gone without being heeded.
    [[nodiscard]] bool is_failing() const;
    /// Whether there are targets that are not asked, for there are too many.
    [[nodiscard]] bool is_over_limit() const { return targets_.is_over_limit(); }
    [[nodiscard]] std::size_t dropped() const { return targets_.dropped(); }

    /// As Source: `tell` when a discovery wants to look sooner, and which they are.
    void on_due(std::function<void()> tell) { on_due_ = std::move(tell); }
    [[nodiscard]] std::vector<std::size_t> take_due() { return std::exchange(due_, {}); }

    void end();

private:
    struct Lookout {
        std::unique_ptr<Discovery> discovery;
        bool is_tried = false;
        std::string error;
    };

    [[nodiscard]] DiscoveryEars ears();
    void make_all(const DiscoveryPorts& ports);
    void add(std::unique_ptr<Discovery> discovery) {
        lookouts_.push_back({.discovery = std::move(discovery), .is_tried = false, .error = {}});
    }

    const ScrapeSpec& spec_;
    std::function<void(TargetSet::Change)> on_change_;
    std::function<void()> on_due_;
    std::string refused_;  ///< why the rules cannot be used
    TargetSet targets_;
    std::vector<Lookout> lookouts_;
    std::vector<std::size_t> due_;
    bool is_ended_ = false;
};

}  // namespace tided::metrics
