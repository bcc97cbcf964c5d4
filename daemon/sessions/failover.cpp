#include "daemon/sessions/failover.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "daemon/sessions/server_choice.h"
#include "daemon/telemetry/logging.h"

namespace tided::daemon {
namespace {

using boost::asio::awaitable;
using SteadyClock = std::chrono::steady_clock;

constexpr Duration longest_probe = std::chrono::seconds{1};

/// Whether the server, not the query, is in trouble: another one may do better.
bool is_trouble(const Result<metrics::Page>& answer) {
    if (!answer) {
        return answer.error().code == ErrorCode::unavailable ||
               answer.error().code == ErrorCode::timed_out;
    }
    return answer->status >= 500 && answer->status != 501;
}

std::string trouble_text(const Result<metrics::Page>& answer) {
    return answer ? "it answers " + std::to_string(answer->status) : answer.error().message;
}

/// A restarted server may answer quickly and know nothing yet.
bool is_empty(const metrics::Page& page) {
    return page.body.find("\"result\":[]") != std::string::npos;
}

class Failover final : public Session {
public:
    Failover(std::vector<FailoverServer> servers, FailoverOptions options)
        : servers_(std::move(servers)), options_(std::move(options)), choice_(servers_.size()) {}

    awaitable<Result<metrics::Page>> get(metrics::Get request, Deadline deadline) override {
        if (request.server) {
            co_return co_await ask(*request.server % servers_.size(), request, deadline);
        }
        std::optional<Result<metrics::Page>> refused;
        for (const std::size_t server : choice_.order()) {
            if (refused && SteadyClock::now() >= deadline.at) {
                break;
            }
            auto answer = co_await ask(server, request, deadline);
            if (!is_trouble(answer)) {
                co_await probe(request, answer, deadline);
                co_return answer;
            }
            // A server that answers at all says more than one that is silent.
            if (!refused || (!*refused && metrics::is_silence(refused->error()))) {
                refused = std::move(answer);
            }
        }
        co_return *std::move(refused);
    }

    awaitable<Result<actuators::Response>> send(actuators::Request request,
                                                Deadline deadline) override {
        co_return co_await servers_.front().session->send(std::move(request), deadline);
    }

    Result<std::string> read_file(const std::string& path, std::size_t limit) override {
        return servers_.front().session->read_file(path, limit);
    }

private:
    awaitable<Result<metrics::Page>> ask(std::size_t server,
                                         metrics::Get request,
                                         Deadline deadline) {
        const Deadline own{.at = std::min(deadline.at, SteadyClock::now() + options_.timeout)};
        auto answer = co_await servers_[server].session->get(std::move(request), own);
        if (is_trouble(answer)) {
            const bool is_refusal = !answer && !metrics::is_silence(answer.error());
            choice_.failed(
                server,
                is_refusal ? ServerChoice::Failure::refused : ServerChoice::Failure::other,
                SteadyClock::now());
            last_trouble_ = servers_[server].name + ": " + trouble_text(answer);
        } else {
            if (answer) {
                answer->server = server;
            }
            if (choice_.answered(server)) {
                log(LogLevel::warn,
                    options_.subject + ": " + servers_[server].name + " answers now; " +
                        last_trouble_);
            }
        }
        co_return answer;
    }

    awaitable<void> probe(metrics::Get request,
                          const Result<metrics::Page>& answer,
                          Deadline deadline) {
        const auto better = choice_.probe_due(SteadyClock::now());
        if (!better) {
            co_return;
        }
        choice_.probing(*better, SteadyClock::now());
        const Deadline own{.at = std::min(deadline.at, SteadyClock::now() + longest_probe)};
        const auto found = co_await servers_[*better].session->get(std::move(request), own);
        const bool is_well = !is_trouble(found) && found && answer &&
                             found->status == answer->status &&
                             (is_empty(*answer) || !is_empty(*found));
        if (choice_.probed(*better, is_well, SteadyClock::now())) {
            log(LogLevel::info,
                options_.subject + ": " + servers_[*better].name + " is well again and answers");
        }
    }

    std::vector<FailoverServer> servers_;
    FailoverOptions options_;
    ServerChoice choice_;
    std::string last_trouble_;
};

}  // namespace

std::unique_ptr<Session> make_failover(std::vector<FailoverServer> servers,
                                       FailoverOptions options) {
    return std::make_unique<Failover>(std::move(servers), std::move(options));
}

}  // namespace tided::daemon
