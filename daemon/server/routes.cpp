#include "daemon/server/routes.h"

#include <array>
#include <charconv>
#include <memory>
#include <utility>

#include "daemon/json_text.h"
#include "daemon/server/instant.h"
#include "daemon/server/orders.h"
#include "daemon/server/replies.h"
#include "daemon/server/request_target.h"
#include "metrics/percent.h"

namespace tided::daemon {
namespace {

namespace asio = boost::asio;

constexpr std::size_t policies_per_chunk = 100;
constexpr std::size_t most_events = 1000;

HttpReply metrics_reply(Control& control, const HttpRequest& request) {
    const bool open_metrics = prefers_openmetrics(request.accept);
    const auto format =
        open_metrics ? Telemetry::Format::openmetrics_1_0 : Telemetry::Format::text_0_0_4;
    const std::shared_ptr<Telemetry::Page> page =
        control.telemetry().page(format, control.policies());
    HttpReply reply;
    reply.content_type = open_metrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                      : "text/plain; version=0.0.4; charset=utf-8";
    reply.chunks = [page] { return page->next(); };
    return reply;
}

HttpReply ready_reply(Control& control) {
    const std::vector<std::string> missing = control.not_ready();
    if (missing.empty()) {
        return text_reply(200, "ready\n");
    }
    std::string body = "not ready\n";
    for (const std::string& reason : missing) {
        body += reason + "\n";
    }
    return text_reply(503, std::move(body));
}

/// {"policies":[…]} in chunks; policies that go in between are left out.
HttpReply policies_reply(Control& control) {
    HttpReply reply;
    reply.chunks =
        [&control, next = std::size_t{0}, last = std::string{}, ended = false]() mutable {
            const PolicyViews& views = control.policies();
            const TimePoint now = control.status().now;
            std::string chunk = next == 0 && !ended ? "{\"policies\":[" : "";
            if (ended) {
                return chunk;
            }
            next = next == 0 ? 0 : first_after(views, last);
            const std::size_t end = std::min(next + policies_per_chunk, views.count());
            for (; next < end; ++next) {
                chunk += next == 0 ? "\n" : ",\n";
                chunk += to_json(views.at(next), now);
                last = views.at(next).name;
            }
            if (next >= views.count()) {
                chunk += "]}\n";
                ended = true;
            }
            return chunk;
        };
    return reply;
}

HttpReply policy_reply(Control& control, const std::string& name) {
    const PolicyView* view = control.policies().find(name);
    return view == nullptr ? no_such_policy(control, name)
                           : json_reply(to_json(*view, control.status().now));
}

asio::awaitable<HttpReply> decisions_reply(Control& control, RequestTarget target) {
    Result<EventQuery> query = event_query(target, control.status().now);
    if (!query) {
        co_return failure_reply(query.error());
    }
    if (query->limit > most_events) {
        co_return error_reply(400, "limit is at most " + std::to_string(most_events));
    }
    static_cast<void>(take_own_name(control, query->policy));
    const Result<std::vector<Event>> events = co_await control.events(std::move(*query));
    if (!events) {
        co_return failure_reply(events.error());
    }
    std::string body = "{\"decisions\":[";
    for (const Event& event : *events) {
        body += &event == &events->front() ? "\n" : ",\n";
        body += to_json(event);
    }
    co_return json_reply(body + "]}");
}

/// ?at=TIME, now without it.
asio::awaitable<HttpReply> explain_reply(Control& control, std::string name, RequestTarget target) {
    TimePoint at = control.status().now;
    for (const auto& [key, value] : target.query) {
        const Result<TimePoint> instant =
            key == "at" ? parse_instant(value, at)
                        : fail(ErrorCode::invalid_input, "the only parameter is \"at\"");
        if (!instant) {
            co_return failure_reply(instant.error());
        }
        at = *instant;
    }
    static_cast<void>(take_own_name(control, name));  // a policy that is gone has a journal still
    Result<std::string> told = co_await control.explain(std::move(name), at);
    co_return told ? json_reply(*std::move(told)) : failure_reply(told.error());
}

HttpReply checkpoints_reply(Control& control, std::string name) {
    if (!take_own_name(control, name)) {
        return no_such_policy(control, name);
    }
    const auto known = control.checkpoints(name);
    return known ? json_reply(checkpoints_json(*known, control.status().now))
                 : failure_reply(known.error());
}

/// What a path is; `name` of a policy where it has one.
enum class Place : std::uint8_t {
    none,
    metrics,
    healthy,
    ready,
    status,
    policies,
    policy,
    explain,
    checkpoints,
    decisions,
    order,
};

struct Row {
    std::string_view path;
    Place place;
};

constexpr std::array<Row, 6> places{{{"/metrics", Place::metrics},
                                     {"/-/healthy", Place::healthy},
                                     {"/-/ready", Place::ready},
                                     {"/api/v1/status", Place::status},
                                     {"/api/v1/policies", Place::policies},
                                     {"/api/v1/decisions", Place::decisions}}};

/// Where a request goes.
struct Way {
    Place place = Place::none;
    OrderKind order{};      ///< with Place::order
    std::string_view name;  ///< of the policy, still encoded
};

Way way_of(std::string_view path) {
    for (const Row& row : places) {
        if (row.path == path) {
            return {.place = row.place};
        }
    }
    if (const auto order = order_at(path)) {
        return {.place = Place::order, .order = *order};
    }
    constexpr std::string_view prefix = "/api/v1/policies/";
    if (!path.starts_with(prefix) || path.size() == prefix.size()) {
        return {};
    }
    path.remove_prefix(prefix.size());
    const auto slash = path.find('/');
    if (slash == std::string_view::npos) {
        return {.place = Place::policy, .name = path};
    }
    if (path.substr(slash + 1) == "explain") {
        return {.place = Place::explain, .name = path.substr(0, slash)};
    }
    if (path.substr(slash + 1) == "checkpoints") {
        return {.place = Place::checkpoints, .name = path.substr(0, slash)};
    }
    const auto order = order_called(path.substr(slash + 1));
    return order ? Way{.place = Place::order, .order = *order, .name = path.substr(0, slash)}
                 : Way{};
}

HttpReply wrong_method(const HttpRequest& request, bool is_order) {
    const std::string allowed = is_order ? "POST" : "GET, HEAD";
    HttpReply reply =
        error_reply(405, "method " + request.method + " is not served here, only " + allowed);
    reply.headers.emplace_back("Allow", allowed);
    return reply;
}

}  // namespace

asio::awaitable<HttpReply> route(Control& control, HttpRequest request) {
    RequestTarget target = split_target(request.target);
    const Way way = way_of(target.path);
    if (way.place == Place::none) {
        co_return error_reply(404, "there is nothing at " + target.path);
    }
    std::optional<std::string> name = metrics::percent_decoded(way.name);
    if (!name) {
        co_return error_reply(400, "the policy's name is badly percent-encoded");
    }
    const bool reads = request.method == "GET" || request.method == "HEAD";
    const bool is_order = way.place == Place::order;
    if (is_order ? request.method != "POST" : !reads) {
        co_return wrong_method(request, is_order);
    }
    switch (way.place) {
        case Place::metrics:
            co_return metrics_reply(control, request);
        case Place::healthy:
            co_return text_reply(200, "healthy\n");
        case Place::ready:
            co_return ready_reply(control);
        case Place::status:
            co_return json_reply(to_json(control.status(), control.policies().count()));
        case Place::policies:
            co_return policies_reply(control);
        case Place::policy:
            co_return policy_reply(control, *name);
        case Place::explain:
            co_return co_await explain_reply(control, *std::move(name), std::move(target));
        case Place::checkpoints:
            co_return checkpoints_reply(control, *std::move(name));
        case Place::decisions:
            co_return co_await decisions_reply(control, std::move(target));
        default:
            co_return co_await carry_out(control, way.order, *std::move(name), std::move(request));
    }
}

}  // namespace tided::daemon
