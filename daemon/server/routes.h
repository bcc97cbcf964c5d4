// Routes: what each path of the HTTP interface means. What changes anything needs
// HttpRequest::authorised; otherwise it is 403 with a sentence.
//
//   GET  /metrics  /-/healthy  /-/ready  /api/v1/policies[/NAME]  /api/v1/decisions
//   GET  /api/v1/status  /api/v1/policies/NAME/explain?at=TIME  /api/v1/policies/NAME/checkpoints
//   POST what orders.h lists
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "daemon/checkpoint_json.h"
#include "daemon/server/http_server.h"
#include "daemon/state/store.h"
#include "daemon/telemetry/telemetry.h"
#include "metrics/source.h"

namespace tided::daemon {

struct SourceView {
    std::string name;
    std::string type;
    std::size_t lanes = 0;
    std::size_t failing = 0;
    std::string last_error;
    std::string server{};                            ///< the URL that answered last, of several
    std::vector<metrics::LaneCost> lanes_by_cost{};  ///< the slowest ones
    bool finds_targets = false;
    std::size_t dropped = 0;        ///< found targets that relabelling drops
    std::string discovery_error{};  ///< why the targets may be others than these
};

struct ProviderView {
    std::string name;
    std::string type;
    std::string last_error;  ///< "" when the last call worked
};

struct TemplateView {
    std::string name;
    std::string label;
    std::string source;
    std::size_t max = 0;
    InstanceCounts counts;
    std::vector<std::pair<std::string, std::string>> refused;  ///< some values, and why
};

struct StatusView {
    std::string version;
    std::string mode;
    TimePoint started{};
    TimePoint now{};
    std::string config_path;
    bool last_reload_successful = true;
    std::string last_reload_error;
    std::string frozen;  ///< "" or why nothing is done (self-partitioned, clock)
    std::vector<SourceView> sources;
    std::vector<ProviderView> providers;
    std::vector<TemplateView> templates{};
    std::size_t open_steps = 0;
    std::size_t state_backlog = 0;
};

/// What the routes ask of the daemon. Implemented by App.
class Control {
public:
    virtual ~Control() = default;
    [[nodiscard]] virtual const PolicyViews& policies() const = 0;
    [[nodiscard]] virtual StatusView status() const = 0;
    /// Empty when ready; otherwise what is missing ("source prom: …").
    [[nodiscard]] virtual std::vector<std::string> not_ready() const = 0;
    /// The rendered warnings; on failure the rendered diagnostics are the error's message.
    [[nodiscard]] virtual boost::asio::awaitable<Result<std::vector<std::string>>> reload(
        std::string owner) = 0;
    [[nodiscard]] virtual boost::asio::awaitable<Status> pause(std::string policy,
                                                               policy::Pause pause) = 0;
    [[nodiscard]] virtual boost::asio::awaitable<Status> resume(std::string policy,
                                                                std::string owner) = 0;
    [[nodiscard]] virtual boost::asio::awaitable<Status> approve(std::string policy,
                                                                 policy::Approval approval) = 0;
    /// Takes the approval back.
    [[nodiscard]] virtual boost::asio::awaitable<Status> withdraw(std::string policy,
                                                                  std::string owner) = 0;
    /// Errors: it is pulled already.
    [[nodiscard]] virtual boost::asio::awaitable<Status> brake(policy::Brake brake) = 0;
    [[nodiscard]] virtual boost::asio::awaitable<Status> release(std::string owner) = 0;
    /// What is known of the usage of the policy's instances. Errors: it sizes none.
    [[nodiscard]] virtual Result<std::vector<NamedCheckpoint>> checkpoints(
        const std::string& policy) = 0;
    [[nodiscard]] virtual boost::asio::awaitable<Status> import(
        std::string policy, std::vector<NamedCheckpoint> checkpoints, std::string owner) = 0;
    /// The last decision of the policy at or before `at`, and what comes out of its record now, as
    /// JSON. Errors: no such policy or decision.
    [[nodiscard]] virtual boost::asio::awaitable<Result<std::string>> explain(std::string policy,
                                                                              TimePoint at) = 0;
    [[nodiscard]] virtual boost::asio::awaitable<Result<std::vector<Event>>> events(
        EventQuery query) = 0;
    [[nodiscard]] virtual Telemetry& telemetry() = 0;
};

/// Answers one request.
[[nodiscard]] boost::asio::awaitable<HttpReply> route(Control& control, HttpRequest request);

/// JSON of one policy, as GET /api/v1/policies/NAME gives it.
[[nodiscard]] std::string to_json(const PolicyView& view, TimePoint now);

/// JSON of GET /api/v1/status.
[[nodiscard]] std::string to_json(const StatusView& view, std::size_t policies);

/// JSON of one event, as GET /api/v1/decisions gives it and webhooks send it.
[[nodiscard]] std::string to_json(const Event& event);

}  // namespace tided::daemon
