// The way to a provider, with everything that happens on it: requests are recorded, then go to the
// test's server or into one of the faults lined up. No time passes: "never answers" is the deadline
// coming at once.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "actuators/transport.h"

namespace tided::support {

struct Fault {
    enum class Kind : std::uint8_t {
        none,          ///< goes through untouched
        not_sent,      ///< connection refused: certainly nothing happened
        lost_request,  ///< times out, the server never saw it
        lost_answer,   ///< the server acts, the answer is lost
        late,          ///< times out; the server acts after the next request
        twice,         ///< the server gets it twice, the first answer comes back
        answer,        ///< refused with `response`, the server does not act
        cut,           ///< the server acts, its answer ends after `keep` bytes
        garbled,       ///< the server acts, its answer's body is `response.body`
    } kind = Kind::none;
    std::string method{};  ///< only requests of this method; "" = any
    actuators::Response response{};
    std::size_t keep = 0;
};

class FakeProviderTransport final : public actuators::Transport {
public:
    using Server = std::function<actuators::Response(const actuators::Request&)>;

    explicit FakeProviderTransport(Server server) : server_(std::move(server)) {}

    /// Lines up a fault: it meets the first request of its method after those before it.
    void add(Fault fault) { faults_.push_back(std::move(fault)); }

    [[nodiscard]] const std::vector<actuators::Request>& requests() const { return requests_; }
    /// "GET /path", one per request.
    [[nodiscard]] std::vector<std::string> lines() const;
    [[nodiscard]] std::size_t count(const std::string& method) const;

    [[nodiscard]] boost::asio::awaitable<Result<actuators::Response>> send(
        actuators::Request request, Deadline deadline) override;

private:
    [[nodiscard]] Fault take_fault(const std::string& method);
    [[nodiscard]] Result<actuators::Response> meet(const Fault& fault,
                                                   const actuators::Request& request);

    Server server_;
    std::deque<Fault> faults_;
    std::deque<actuators::Request> late_;
    std::vector<actuators::Request> requests_;
};

/// "HTTP 429 with Retry-After: 7" and the like, with a Kubernetes Status for a body.
[[nodiscard]] Fault refuse(int status, const std::string& reason, const std::string& method = "");

}  // namespace tided::support
