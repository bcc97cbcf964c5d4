#include "daemon/server/routes.h"

#include <array>
#include <charconv>
#include <memory>
#include <utility>

#include "daemon/json_text.h"
#include "daemon/server/instant.h"
#include "daemon/server/request_target.h"
#include "metrics/percent.h"

namespace tided::daemon {
namespace {

namespace asio = boost::asio;

constexpr std::size_t policies_per_chunk = 100;
constexpr std::size_t most_events = 1000;

HttpReply json_reply(std::string body) {
    HttpReply reply;
    reply.body = std::move(body) + "\n";
    return reply;
}

HttpReply text_reply(int status, std::string body) {
    HttpReply reply{.status = status, .content_type = "text/plain; charset=utf-8"};
    reply.body = std::move(body);
    return reply;
}

int status_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::invalid_input:
            return 400;
        case ErrorCode::unauthenticated:
            return 401;
        case ErrorCode::forbidden:
            return 403;
        case ErrorCode::not_found:
            return 404;
        case ErrorCode::conflict:
            return 409;
        case ErrorCode::throttled:
            return 429;
        case ErrorCode::out_of_capacity:
        case ErrorCode::unavailable:
        case ErrorCode::timed_out:
        case ErrorCode::cancelled:
            return 503;
        case ErrorCode::unsupported:
            return 422;
        case ErrorCode::corrupt:
        case ErrorCode::internal:
            return 500;
    }
    return 500;
}

HttpReply failure_reply(const Error& error) {
    return error_reply(status_of(error.code), error.message);
}

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

HttpReply no_such_policy(Control& control, const std::string& name) {
    std::string sentence = "there is no policy \"" + name + "\"";
    if (const std::string near = nearest_policy(control.policies(), name); !near.empty()) {
        sentence += ", did you mean \"" + near + "\"?";
    }
    return error_reply(404, sentence);
}

HttpReply policy_reply(Control& control, const std::string& name) {
    const PolicyView* view = control.policies().find(name);
    return view == nullptr ? no_such_policy(control, name)
                           : json_reply(to_json(*view, control.status().now));
}

/// An instance may be called in several ways; from here on it has one name. False: there is none.
bool take_own_name(Control& control, std::string& name) {
    const PolicyView* view = control.policies().find(name);
    if (view != nullptr) {
        name = view->name;
    }
    return view != nullptr;
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

asio::awaitable<HttpReply> reload_reply(Control& control, HttpRequest request) {
    const auto warnings = co_await control.reload(std::move(request.peer));
    if (!warnings) {
        co_return failure_reply(warnings.error());
    }
    std::string body = "{\"reloaded\":true,\"warnings\":";
    append_json(*warnings, body);
    co_return json_reply(body + "}");
}

asio::awaitable<HttpReply> pause_reply(Control& control, std::string name, HttpRequest request) {
    if (!take_own_name(control, name)) {
        co_return no_such_policy(control, name);
    }
    Result<policy::Pause> pause = parse_pause(request.body, control.status().now);
    if (!pause) {
        co_return failure_reply(pause.error());
    }
    pause->owner = std::move(request.peer);
    std::string body = "{\"paused\":";
    append_json(name, body);
    body += ",\"until\":";
    body += pause->until ? "\"" + to_string(*pause->until) + "\"" : "null";
    const Status paused = co_await control.pause(std::move(name), std::move(*pause));
    co_return paused ? json_reply(body + "}") : failure_reply(paused.error());
}

asio::awaitable<HttpReply> resume_reply(Control& control, std::string name, HttpRequest request) {
    if (!take_own_name(control, name)) {
        co_return no_such_policy(control, name);
    }
    std::string body = "{\"resumed\":";
    append_json(name, body);
    const Status resumed = co_await control.resume(std::move(name), std::move(request.peer));
    co_return resumed ? json_reply(body + "}") : failure_reply(resumed.error());
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
    decisions,
    reload,
    pause,
    resume,
};

struct Row {
    std::string_view path;
    Place place;
};

constexpr std::array<Row, 7> places{{{"/metrics", Place::metrics},
                                     {"/-/healthy", Place::healthy},
                                     {"/-/ready", Place::ready},
                                     {"/api/v1/status", Place::status},
                                     {"/api/v1/policies", Place::policies},
                                     {"/api/v1/decisions", Place::decisions},
                                     {"/-/reload", Place::reload}}};

bool changes_something(Place place) {
    return place == Place::reload || place == Place::pause || place == Place::resume;
}

/// The place of `path`; `name` gets the still encoded policy name.
Place place_of(std::string_view path, std::string_view& name) {
    for (const Row& row : places) {
        if (row.path == path) {
            return row.place;
        }
    }
    constexpr std::string_view prefix = "/api/v1/policies/";
    if (!path.starts_with(prefix) || path.size() == prefix.size()) {
        return Place::none;
    }
    name = path.substr(prefix.size());
    const auto slash = name.find('/');
    if (slash == std::string_view::npos) {
        return Place::policy;
    }
    const std::string_view order = name.substr(slash + 1);
    name = name.substr(0, slash);
    return order == "pause" ? Place::pause : order == "resume" ? Place::resume : Place::none;
}

/// The refusal of an order that may not be given; status 200 when it may.
HttpReply refusal(const HttpRequest& request) {
    if (!request.authorised) {
        return error_reply(403,
                           "orders are taken on the control socket; over TCP only with a bearer "
                           "credential or a client CA configured");
    }
    if (!request.control && !request.by_bearer &&
        !request.content_type.starts_with("application/json")) {
        // A browser sends this type across sites only after asking.
        return error_reply(415,
                           "an order by client certificate needs Content-Type: application/json");
    }
    return {};
}

asio::awaitable<HttpReply> order(Control& control,
                                 Place place,
                                 std::string name,
                                 HttpRequest request) {
    if (HttpReply refused = refusal(request); refused.status != 200) {
        co_return refused;
    }
    switch (place) {
        case Place::pause:
            co_return co_await pause_reply(control, std::move(name), std::move(request));
        case Place::resume:
            co_return co_await resume_reply(control, std::move(name), std::move(request));
        default:
            co_return co_await reload_reply(control, std::move(request));
    }
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
    std::string_view encoded;
    const Place place = place_of(target.path, encoded);
    if (place == Place::none) {
        co_return error_reply(404, "there is nothing at " + target.path);
    }
    const std::optional<std::string> name = metrics::percent_decoded(encoded);
    if (!name) {
        co_return error_reply(400, "the policy's name is badly percent-encoded");
    }
    const bool reads = request.method == "GET" || request.method == "HEAD";
    const bool is_order = changes_something(place);
    if (is_order ? request.method != "POST" : !reads) {
        co_return wrong_method(request, is_order);
    }
    switch (place) {
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
        case Place::decisions:
            co_return co_await decisions_reply(control, std::move(target));
        default:
            co_return co_await order(control, place, *name, std::move(request));
    }
}

}  // namespace tided::daemon
