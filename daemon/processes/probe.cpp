#include "daemon/processes/probe.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>

#include "daemon/bell.h"
#include "daemon/client/http_client.h"
#include "daemon/client/network_parts.h"

namespace tided::daemon {

namespace asio = boost::asio;

namespace {

constexpr std::size_t page_limit = 16 * 1024 * 1024;  // a metric page may be large

/// Shared by those who ask and the one who waits: it may leave first.
struct Round {
    Round(const asio::any_io_executor& io, std::size_t size) : open(size), closed(io) {
        answers.resize(size, fail(ErrorCode::internal, "not asked"));
    }

    std::vector<Status> answers;
    std::size_t open;
    Bell closed;
};

asio::awaitable<Status> ask(std::shared_ptr<HttpClient> client,
                            std::string url,
                            Deadline deadline) {
    constexpr std::string_view tcp = "tcp://";
    const bool knocks = url.starts_with(tcp);
    auto parsed = parse_url(knocks ? "http://" + url.substr(tcp.size()) : url);
    if (!parsed) {
        co_return fail(std::move(parsed).error());
    }
    if (knocks) {
        co_return co_await client->knock(parsed->origin, deadline);
    }
    HttpCall call;
    call.url = *std::move(parsed);
    call.keep_alive = false;
    call.body_limit = page_limit;
    const auto answer = co_await client->perform(call, deadline);
    if (!answer) {
        co_return fail(answer.error());
    }
    if (answer->status < 200 || answer->status > 299) {
        co_return fail(ErrorCode::unavailable,
                       url + " answered with status " + std::to_string(answer->status));
    }
    co_return Status{};
}

}  // namespace

Prober::Prober(asio::any_io_executor io)
    : io_(io),
      client_(std::make_shared<HttpClient>(std::make_shared<NetworkParts>(io), ClientOptions{})) {}

Prober::~Prober() = default;

asio::awaitable<std::vector<Status>> Prober::probe(std::vector<std::string> urls,
                                                   Duration timeout,
                                                   Deadline deadline) {
    const Deadline each{.at = std::min(std::chrono::steady_clock::now() + timeout, deadline.at)};
    const auto round = std::make_shared<Round>(io_, urls.size());
    for (std::size_t i = 0; i < urls.size(); ++i) {
        asio::co_spawn(io_,
                       ask(client_, std::move(urls[i]), each),
                       [round, i](std::exception_ptr thrown, Status answer) {
                           round->answers[i] =
                               thrown ? fail(ErrorCode::internal, "the probe threw") : answer;
                           if (--round->open == 0) {
                               round->closed.ring();
                           }
                       });
    }
    while (round->open > 0) {
        if (co_await round->closed.wait(Deadline{}.at) == Woken::cancelled) {
            break;
        }
    }
    co_return round->answers;
}

}  // namespace tided::daemon
