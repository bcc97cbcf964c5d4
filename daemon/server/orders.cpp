#include "daemon/server/orders.h"

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/json_text.h"
#include "daemon/server/replies.h"
#include "daemon/server/request_target.h"

namespace tided::daemon {
namespace {

namespace asio = boost::asio;

/// {"KEY":"NAME"
std::string begin_body(std::string_view key, const std::string& name) {
    std::string body = "{\"" + std::string{key} + "\":";
    append_json(name, body);
    return body;
}

HttpReply answer_of(const Status& done, std::string body) {
    return done ? json_reply(std::move(body) + "}") : failure_reply(done.error());
}

asio::awaitable<HttpReply> reload(Control& control, std::string /*name*/, HttpRequest request) {
    const auto warnings = co_await control.reload(std::move(request.peer));
    if (!warnings) {
        co_return failure_reply(warnings.error());
    }
    std::string body = "{\"reloaded\":true,\"warnings\":";
    append_json(*warnings, body);
    co_return json_reply(body + "}");
}

asio::awaitable<HttpReply> brake(Control& control, std::string /*name*/, HttpRequest request) {
    Result<policy::Brake> brake = parse_brake(request.body, control.status().now);
    if (!brake) {
        co_return failure_reply(brake.error());
    }
    brake->owner = std::move(request.peer);
    const Status done = co_await control.brake(*std::move(brake));
    co_return answer_of(done, "{\"braked\":true");
}

asio::awaitable<HttpReply> release(Control& control, std::string /*name*/, HttpRequest request) {
    const Status done = co_await control.release(std::move(request.peer));
    co_return answer_of(done, "{\"released\":true");
}

asio::awaitable<HttpReply> pause(Control& control, std::string name, HttpRequest request) {
    Result<policy::Pause> pause = parse_pause(request.body, control.status().now);
    if (!pause) {
        co_return failure_reply(pause.error());
    }
    pause->owner = std::move(request.peer);
    std::string body = begin_body("paused", name) + ",\"until\":";
    body += pause->until ? "\"" + to_string(*pause->until) + "\"" : "null";
    const Status done = co_await control.pause(std::move(name), *std::move(pause));
    co_return answer_of(done, std::move(body));
}

asio::awaitable<HttpReply> resume(Control& control, std::string name, HttpRequest request) {
    std::string body = begin_body("resumed", name);
    const Status done = co_await control.resume(std::move(name), std::move(request.peer));
    co_return answer_of(done, std::move(body));
}

asio::awaitable<HttpReply> approve(Control& control, std::string name, HttpRequest request) {
    Result<policy::Approval> approval = parse_approval(request.body, control.status().now);
    if (!approval) {
        co_return failure_reply(approval.error());
    }
    approval->owner = std::move(request.peer);
    const std::string body = begin_body("approved", name) + ",\"to\":" + to_string(approval->to) +
                             ",\"until\":\"" + to_string(approval->until) + "\"";
    const Status done = co_await control.approve(std::move(name), *std::move(approval));
    co_return answer_of(done, body);
}

asio::awaitable<HttpReply> withdraw(Control& control, std::string name, HttpRequest request) {
    std::string body = begin_body("withdrawn", name);
    const Status done = co_await control.withdraw(std::move(name), std::move(request.peer));
    co_return answer_of(done, std::move(body));
}

/// The body is a list of checkpoints.
asio::awaitable<HttpReply> import(Control& control, std::string name, HttpRequest request) {
    Result<std::vector<NamedCheckpoint>> checkpoints = parse_checkpoints(request.body);
    if (!checkpoints) {
        co_return failure_reply(checkpoints.error());
    }
    std::string body =
        begin_body("imported", name) + ",\"containers\":" + std::to_string(checkpoints->size());
    const Status done =
        co_await control.import(std::move(name), *std::move(checkpoints), std::move(request.peer));
    co_return answer_of(done, std::move(body));
}

struct Row {
    OrderKind kind{};
    std::string_view path;  ///< "" for orders to one policy
    std::string_view name;  ///< "" for orders to the daemon
    asio::awaitable<HttpReply> (*carry_out)(Control&, std::string, HttpRequest) = nullptr;
};

constexpr std::array<Row, 8> rows{{{OrderKind::reload, "/-/reload", "", &reload},
                                   {OrderKind::brake, "/-/brake", "", &brake},
                                   {OrderKind::release, "/-/release", "", &release},
                                   {OrderKind::pause, "", "pause", &pause},
                                   {OrderKind::resume, "", "resume", &resume},
                                   {OrderKind::approve, "", "approve", &approve},
                                   {OrderKind::withdraw, "", "withdraw", &withdraw},
                                   {OrderKind::import, "", "import", &import}}};

std::optional<OrderKind> kind_where(std::string_view Row::*member, std::string_view text) {
    const auto* row = std::ranges::find(rows, text, member);
    return text.empty() || row == rows.end() ? std::nullopt : std::optional{row->kind};
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

}  // namespace

std::optional<OrderKind> order_at(std::string_view path) {
    return kind_where(&Row::path, path);
}

std::optional<OrderKind> order_called(std::string_view name) {
    return kind_where(&Row::name, name);
}

asio::awaitable<HttpReply> carry_out(Control& control,
                                     OrderKind kind,
                                     std::string name,
                                     HttpRequest request) {
    if (HttpReply refused = refusal(request); refused.status != 200) {
        co_return refused;
    }
    const Row& row = *std::ranges::find(rows, kind, &Row::kind);
    if (!row.name.empty() && !take_own_name(control, name)) {
        co_return no_such_policy(control, name);
    }
    co_return co_await row.carry_out(control, std::move(name), std::move(request));
}

}  // namespace tided::daemon
