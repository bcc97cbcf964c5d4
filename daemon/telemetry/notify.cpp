#include "daemon/telemetry/notify.h"

#include <algorithm>
#include <array>
#include <deque>
#include <exception>
#include <map>
#include <utility>

#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/json_text.h"
#include "daemon/server/routes.h"
#include "daemon/sessions/later.h"
#include "daemon/telemetry/logging.h"

namespace tided::daemon {
namespace {

namespace asio = boost::asio;

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

/// Kinds told under their own name, and the one that each takes back.
struct Row {
    EventKind kind;
    EventKind opposite;
};

constexpr std::array<Row, 20> told{{
    {EventKind::metric_stale, EventKind::metric_fresh},
    {EventKind::metric_fresh, EventKind::metric_stale},
    {EventKind::source_lost, EventKind::source_back},
    {EventKind::source_back, EventKind::source_lost},
    {EventKind::provider_lost, EventKind::provider_back},
    {EventKind::provider_back, EventKind::provider_lost},
    {EventKind::self_partitioned, EventKind::partition_healed},
    {EventKind::partition_healed, EventKind::self_partitioned},
    {EventKind::reload_refused, EventKind::reloaded},
    {EventKind::clock_jumped, EventKind::clock_jumped},
    {EventKind::state_lost, EventKind::state_back},
    {EventKind::state_back, EventKind::state_lost},
    {EventKind::pool_failing, EventKind::pool_recovered},
    {EventKind::pool_recovered, EventKind::pool_failing},
    {EventKind::instance_refused, EventKind::instance_refused},
    {EventKind::braked, EventKind::released},
    {EventKind::released, EventKind::braked},
    {EventKind::approved, EventKind::approved},
    {EventKind::schedule_failing, EventKind::schedule_recovered},
    {EventKind::schedule_recovered, EventKind::schedule_failing},
}};

/// What makes two events the same fact.
std::string key_of(std::string_view name, const Event& event) {
    return std::string{name} + '\n' + event.policy + '\n' + event.pool + '\n' + event.subject;
}

std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

/// to_json(event) with "host" and "id" (unique, so that a receiver can drop a repetition).
std::string body_of(const Event& event, const std::string& host, std::uint64_t number) {
    std::string body = to_json(event);
    body.pop_back();
    append_key("host", body);
    append_json(std::string_view{host}, body);
    append_key("id", body);
    const auto at = event.at.time_since_epoch().count();
    append_json(std::string_view{host + "-" + std::to_string(at) + "-" + std::to_string(number)},
                body);
    return body + "}";
}

}  // namespace

std::string_view notification_name(const Event& event) {
    if (event.kind == EventKind::step_outcome) {
        const bool needs_a_human = event.outcome == "refused" && event.severity == Severity::error;
        return event.outcome == "failed" || needs_a_human ? "action_failed" : "";
    }
    for (const Row& row : told) {
        if (row.kind == event.kind) {
            return to_string(event.kind);
        }
    }
    return "";
}

struct Notifier::Impl : std::enable_shared_from_this<Notifier::Impl> {
    /// One webhook with what waits for it.
    struct Line {
        explicit Line(const asio::any_io_executor& io) : pause(io) {}

        config::Webhook webhook;
        std::unique_ptr<actuators::Transport> transport;
        std::deque<std::string> waiting;
        asio::steady_timer pause;
        asio::cancellation_signal cancel;
        bool sending = false;
        bool ended = false;  ///< taken out of force
    };

    Impl(asio::any_io_executor executor, Open opener, Telemetry& counters, NotifierLimits bounds)
        : io(std::move(executor)),
          open(std::move(opener)),
          telemetry(counters),
          limits(bounds),
          all_sent(io) {}

    void start(const std::shared_ptr<Line>& line);
    asio::awaitable<void> send_all(std::shared_ptr<Line> line);
    asio::awaitable<Status> send_once(std::shared_ptr<Line> line, std::string body);
    void end(Line& line);
    [[nodiscard]] bool is_sending() const;
    [[nodiscard]] bool told_lately(std::string_view name, const Event& event);

    asio::any_io_executor io;
    Open open;
    Telemetry& telemetry;
    NotifierLimits limits;
    std::vector<std::shared_ptr<Line>> lines;
    std::map<std::string, TimePoint> last_told;
    asio::steady_timer all_sent;
    std::string host = host_name();
    std::uint64_t number = 0;
};

bool Notifier::Impl::is_sending() const {
    return std::any_of(lines.begin(), lines.end(), [](const auto& line) { return line->sending; });
}

void Notifier::Impl::end(Line& line) {
    line.ended = true;
    line.waiting.clear();
    line.pause.cancel();
    line.cancel.emit(asio::cancellation_type::terminal);
}

void Notifier::Impl::start(const std::shared_ptr<Line>& line) {
    if (std::exchange(line->sending, true)) {
        return;
    }
    const auto on_end = [self = shared_from_this(), line](const std::exception_ptr& failure) {
        line->sending = false;
        if (!self->is_sending()) {
            self->all_sent.cancel();
        }
        if (failure && !line->ended) {
            log(LogLevel::error, "sending to notify." + line->webhook.name + " ended by a bug");
        }
    };
    asio::co_spawn(io, send_all(line), asio::bind_cancellation_slot(line->cancel.slot(), on_end));
}

asio::awaitable<Status> Notifier::Impl::send_once(std::shared_ptr<Line> line, std::string body) {
    actuators::Request request;
    request.method = "POST";
    request.path = line->webhook.http.url;
    request.content_type = "application/json";
    request.body = std::move(body);
    const Deadline deadline{std::chrono::steady_clock::now() + limits.timeout};
    const auto response = co_await line->transport->send(std::move(request), deadline);
    if (!response) {
        co_return fail(response.error());
    }
    if (response->status / 100 != 2) {
        const bool again = response->status >= 500 || response->status == 429;
        co_return fail(again ? ErrorCode::unavailable : ErrorCode::invalid_input,
                       "the answer was " + std::to_string(response->status));
    }
    co_return Status{};
}

asio::awaitable<void> Notifier::Impl::send_all(std::shared_ptr<Line> line) {
    const auto self = shared_from_this();
    while (!line->waiting.empty()) {
        Duration pause = limits.first_pause;
        Status sent;
        for (std::size_t attempt = 1; attempt <= limits.attempts; ++attempt) {
            sent = co_await send_once(line, line->waiting.front());
            if (line->ended || sent || !is_transient(sent.error().code) ||
                attempt == limits.attempts) {
                break;
            }
            line->pause.expires_after(pause);
            pause *= 2;
            static_cast<void>(co_await line->pause.async_wait(as_values));
            if (line->ended) {
                break;
            }
        }
        if (line->ended) {
            co_return;
        }
        if (!sent) {
            log(LogLevel::warn, "notify." + line->webhook.name + ": " + sent.error().message);
        }
        telemetry.notification(sent ? "sent" : "failed");
        line->waiting.pop_front();
    }
}

bool Notifier::Impl::told_lately(std::string_view name, const Event& event) {
    for (const Row& row : told) {
        if (row.kind == event.kind && row.opposite != row.kind) {
            last_told.erase(key_of(to_string(row.opposite), event));
        }
    }
    std::erase_if(last_told,
                  [&](const auto& entry) { return entry.second + limits.quiet <= event.at; });
    return !last_told.emplace(key_of(name, event), event.at).second;
}

Notifier::Notifier(asio::any_io_executor io, Network& network, Telemetry& telemetry)
    : Notifier(
          std::move(io),
          [&network](const config::HttpOptions& options,
                     Opening opening) -> Result<std::unique_ptr<actuators::Transport>> {
              if (opening == Opening::now_or_later) {
                  return open_now_or_later([&network, options] { return network.open(options); });
              }
              Result<std::unique_ptr<Session>> session = network.open(options);
              if (!session) {
                  return fail(session.error());
              }
              return std::unique_ptr<actuators::Transport>{std::move(*session)};
          },
          telemetry,
          {}) {}

Notifier::Notifier(asio::any_io_executor io, Open open, Telemetry& telemetry, NotifierLimits limits)
    : impl_(std::make_shared<Impl>(std::move(io), std::move(open), telemetry, limits)) {}

Notifier::~Notifier() {
    for (const auto& line : impl_->lines) {
        impl_->end(*line);
    }
}

Status Notifier::set(const std::vector<config::Webhook>& webhooks, Opening opening) {
    std::vector<std::shared_ptr<Impl::Line>> next;
    for (const config::Webhook& webhook : webhooks) {
        Result<std::unique_ptr<actuators::Transport>> transport =
            impl_->open(webhook.http, opening);
        if (!transport) {
            return fail(Error{transport.error()}.within("notify." + webhook.name));
        }
        auto line = std::make_shared<Impl::Line>(impl_->io);
        line->webhook = webhook;
        line->transport = std::move(*transport);
        next.push_back(std::move(line));
    }
    std::swap(impl_->lines, next);
    for (const auto& former : next) {
        for (const auto& line : impl_->lines) {
            if (line->webhook.name == former->webhook.name && !former->waiting.empty()) {
                line->waiting = former->waiting;
                impl_->start(line);
            }
        }
        impl_->end(*former);
    }
    return {};
}

void Notifier::tell(const Event& event) {
    if (event.kind == EventKind::reloaded) {
        impl_->last_told.erase(key_of(to_string(EventKind::reload_refused), event));
    }
    const std::string_view name = notification_name(event);
    if (name.empty() || impl_->lines.empty()) {
        return;
    }
    const bool duplicate = impl_->told_lately(name, event);
    const std::string body = duplicate ? "" : body_of(event, impl_->host, ++impl_->number);
    for (const auto& line : impl_->lines) {
        const auto& wanted = line->webhook.events;
        if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), name) == wanted.end()) {
            continue;
        }
        if (duplicate || line->waiting.size() >= impl_->limits.queue) {
            impl_->telemetry.notification(duplicate ? "duplicate" : "dropped");
            continue;
        }
        line->waiting.push_back(body);
        impl_->start(line);
    }
}

asio::awaitable<void> Notifier::close(Deadline deadline) {
    const std::shared_ptr<Impl> impl = impl_;
    if (impl->is_sending()) {
        impl->all_sent.expires_at(deadline.at);
        static_cast<void>(co_await impl->all_sent.async_wait(as_values));
    }
    for (const auto& line : impl->lines) {
        impl->end(*line);
    }
}

}  // namespace tided::daemon
