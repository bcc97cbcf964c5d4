#include "metrics/promql_client.h"

#include <utility>

namespace tided::metrics {
namespace {

// What a server may take of the time there is: its own word that it took too long is to arrive.
Duration servers_share(Duration timeout) {
    return timeout * 4 / 5;
}

}  // namespace
namespace {

constexpr int method_not_allowed = 405;
constexpr int not_implemented = 501;

}  // namespace

boost::asio::awaitable<PromqlClient::Sent> PromqlClient::send(Get request, Deadline deadline) {
    if (!options_.tenant.empty()) {
        request.headers.emplace_back("X-Scope-OrgID", options_.tenant);
    }
    if (!takes_post_) {
        put_in_url(request);
    }
    const bool is_post = !request.body.empty();
    auto page = co_await transport_.get(request, deadline);
    if (!is_post || !page ||
        (page->status != method_not_allowed && page->status != not_implemented)) {
        co_return Sent{.page = std::move(page), .requests = 1};
    }
    takes_post_ = false;
    put_in_url(request);
    page = co_await transport_.get(std::move(request), deadline);
    co_return Sent{.page = std::move(page), .requests = 2};
}

boost::asio::awaitable<PromqlClient::Asked> PromqlClient::ask(std::string expression,
                                                              std::optional<TimePoint> at,
                                                              std::optional<std::size_t> server,
                                                              Deadline deadline) {
    Get request = instant_query(expression, at, servers_share(options_.timeout));
    request.server = server;
    Sent sent = co_await send(std::move(request), deadline);
    if (!sent.page) {
        const Error& error = sent.page.error();
        const bool is_lost =
            error.code == ErrorCode::unavailable || error.code == ErrorCode::timed_out;
        co_return Asked{.answer = fail(error),
                        .is_silent = is_silence(error),
                        .is_refused = error.code == ErrorCode::invalid_input,
                        .is_lost = is_lost,
                        .requests = sent.requests};
    }
    Asked asked{.answer = parse_instant_answer(*sent.page),
                .server = sent.page->server,
                .bytes = sent.page->body.size(),
                .requests = sent.requests};
    if (!asked.answer) {
        const ErrorCode code = asked.answer.error().code;
        asked.is_lost = code == ErrorCode::unavailable;
        asked.is_refused = code == ErrorCode::invalid_input || code == ErrorCode::timed_out ||
                           code == ErrorCode::corrupt;
    }
    co_return asked;
}

boost::asio::awaitable<Result<ApiRange>> PromqlClient::ask_range(std::string expression,
                                                                 RangeSteps steps,
                                                                 Deadline deadline) {
    auto request = range_query(expression, steps, servers_share(options_.timeout));
    if (!request) {
        co_return fail(std::move(request).error());
    }
    Sent sent = co_await send(*std::move(request), deadline);
    if (!sent.page) {
        co_return fail(std::move(sent.page).error());
    }
    co_return parse_range_answer(*sent.page);
}

}  // namespace tided::metrics
