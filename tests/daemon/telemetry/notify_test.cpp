// Notifier against a transport that answers as told, and ServiceManager against a socket.
#include "daemon/telemetry/notify.h"

#include <array>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <set>
#include <sstream>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <doctest/doctest.h>

#include "daemon/config/schema/tables.h"
#include "daemon/service_manager.h"
#include "tests/support/fake_control.h"
#include "tests/support/run_awaitable.h"
#include "tests/support/temporary_directory.h"

namespace tided::daemon {
namespace {

namespace asio = boost::asio;

/// What all transports of one test share.
struct Wire {
    std::vector<actuators::Request> sent;
    std::deque<Result<actuators::Response>> answers;  ///< 204 when empty
};

class FakeTransport final : public actuators::Transport {
public:
    explicit FakeTransport(Wire& wire) : wire_(wire) {}

    asio::awaitable<Result<actuators::Response>> send(actuators::Request request,
                                                      Deadline /*deadline*/) override {
        wire_.sent.push_back(std::move(request));
        if (wire_.answers.empty()) {
            co_return actuators::Response{.status = 204, .headers = {}, .body = {}};
        }
        Result<actuators::Response> answer = std::move(wire_.answers.front());
        wire_.answers.pop_front();
        co_return answer;
    }

private:
    Wire& wire_;
};

Result<actuators::Response> status(int code) {
    return actuators::Response{.status = code, .headers = {}, .body = {}};
}

struct Rig {
    explicit Rig(NotifierLimits limits = {.first_pause = std::chrono::milliseconds{1}})
        : notifier(
              io.get_executor(),
              [this](const config::HttpOptions& options,
                     Notifier::Opening opening) -> Result<std::unique_ptr<actuators::Transport>> {
                  if (options.url == "https://broken" && opening == Notifier::Opening::now) {
                      return fail(ErrorCode::not_found, "credential:hook does not exist");
                  }
                  return std::make_unique<FakeTransport>(wire);
              },
              telemetry,
              limits) {}

    static config::Webhook hook(std::string name, std::vector<std::string> events = {}) {
        config::Webhook webhook;
        webhook.name = std::move(name);
        webhook.http.url = "https://hooks.example/" + webhook.name;
        webhook.events = std::move(events);
        return webhook;
    }

    void settle() {
        io.restart();
        io.run();
    }

    double counted(const std::string& outcome) {
        const auto page =
            telemetry.page(Telemetry::Format::text_0_0_4, testing::FakePolicies{})->next();
        const std::string key = "tided_notifications_total{outcome=\"" + outcome + "\"} ";
        return std::stod(page.substr(page.find(key) + key.size()));
    }

    asio::io_context io;
    Telemetry telemetry;
    Wire wire;
    Notifier notifier;
};

Event failed_step(std::int64_t seconds = 0) {
    Event event;
    event.kind = EventKind::step_outcome;
    event.severity = Severity::error;
    event.at = TimePoint{std::chrono::seconds{1'800'000'000 + seconds}};
    event.policy = "web";
    event.pool = "web";
    event.text = "web: scaling failed";
    event.outcome = "failed";
    return event;
}

Event of_kind(EventKind kind, std::int64_t seconds = 0, std::string subject = "prom") {
    Event event;
    event.kind = kind;
    event.at = TimePoint{std::chrono::seconds{1'800'000'000 + seconds}};
    event.subject = std::move(subject);
    event.text = "told";
    return event;
}

TEST_CASE("an event is posted as its JSON with host and id") {
    Rig rig;
    REQUIRE(rig.notifier.set({Rig::hook("ops")}).has_value());
    rig.notifier.tell(failed_step());
    rig.settle();
    REQUIRE(rig.wire.sent.size() == 1);
    const actuators::Request& request = rig.wire.sent[0];
    CHECK(request.method == "POST");
    CHECK(request.path == "https://hooks.example/ops");
    CHECK(request.content_type == "application/json");
    std::array<char, 256> host{};
    REQUIRE(::gethostname(host.data(), host.size() - 1) == 0);
    const std::string name = host.data();
    CHECK(request.body ==
          "{\"at\":\"2027-01-15T08:00:00.000Z\",\"kind\":\"step_outcome\",\"severity\":\"error\","
          "\"policy\":\"web\",\"pool\":\"web\",\"text\":\"web: scaling failed\",\"from\":0,"
          "\"to\":0,\"outcome\":\"failed\",\"host\":\"" +
              name + "\",\"id\":\"" + name + "-1800000000000-1\"}");
    CHECK(rig.counted("sent") == 1);
}

TEST_CASE("what is told and under which name") {
    CHECK(notification_name(failed_step()) == "action_failed");
    Event done = failed_step();
    done.outcome = "done";
    CHECK(notification_name(done).empty());
    Event refused = failed_step();
    refused.outcome = "refused";
    CHECK(notification_name(refused) == "action_failed");
    refused.severity = Severity::warn;  // somebody else's change: decided afresh
    CHECK(notification_name(refused).empty());
    for (const auto kind : {EventKind::metric_stale,
                            EventKind::self_partitioned,
                            EventKind::source_back,
                            EventKind::reload_refused,
                            EventKind::clock_jumped}) {
        CHECK(notification_name(of_kind(kind)) == to_string(kind));
    }
    for (const auto kind : {EventKind::decision,
                            EventKind::started,
                            EventKind::paused,
                            EventKind::step_intended,
                            EventKind::reloaded}) {
        CHECK(notification_name(of_kind(kind)).empty());
    }
}

TEST_CASE("what is told is what a policy file can ask for, and nothing else") {
    const config::Key* events = config::tables::notify.find("events");
    REQUIRE(events != nullptr);
    std::set<std::string> asked;
    std::istringstream words{std::string{events->choices}};
    for (std::string word; words >> word;) {
        asked.insert(word);
    }
    std::set<std::string> told{"action_failed"};
    for (auto kind = 0; kind <= static_cast<int>(EventKind::schedule_recovered); ++kind) {
        if (const auto name = notification_name(of_kind(static_cast<EventKind>(kind)));
            !name.empty()) {
            told.emplace(name);
        }
    }
    CHECK(told == asked);
}

TEST_CASE("a webhook gets only the events it lists") {
    Rig rig;
    REQUIRE(rig.notifier.set({Rig::hook("all"), Rig::hook("few", {"metric_stale"})}).has_value());
    rig.notifier.tell(of_kind(EventKind::source_lost));
    rig.notifier.tell(of_kind(EventKind::metric_stale));
    rig.notifier.tell(of_kind(EventKind::decision));
    rig.settle();
    std::vector<std::string> paths;
    for (const auto& request : rig.wire.sent) {
        paths.push_back(request.path.substr(request.path.rfind('/')));
    }
    std::sort(paths.begin(), paths.end());
    CHECK(paths == std::vector<std::string>{"/all", "/all", "/few"});
}

TEST_CASE("a failure that may pass is tried again, any other is not") {
    Rig rig;
    REQUIRE(rig.notifier.set({Rig::hook("ops")}).has_value());
    rig.wire.answers = {status(503),
                        tl::unexpected<Error>{{.code = ErrorCode::timed_out, .message = "late"}},
                        status(429),
                        status(200)};
    rig.notifier.tell(failed_step());
    rig.settle();
    CHECK(rig.wire.sent.size() == 4);
    CHECK(rig.counted("sent") == 1);
    rig.wire.answers = {status(404)};
    rig.notifier.tell(of_kind(EventKind::source_lost));
    rig.settle();
    CHECK(rig.wire.sent.size() == 5);
    CHECK(rig.counted("failed") == 1);
}

TEST_CASE("attempts come to an end and the next notification has its own") {
    Rig rig;
    REQUIRE(rig.notifier.set({Rig::hook("ops")}).has_value());
    rig.wire.answers = {status(500), status(500), status(500), status(500)};
    rig.notifier.tell(failed_step());
    rig.notifier.tell(of_kind(EventKind::source_lost));
    rig.settle();
    CHECK(rig.wire.sent.size() == 5);
    CHECK(rig.counted("failed") == 1);
    CHECK(rig.counted("sent") == 1);
}

TEST_CASE("the same fact is told once in a while, its opposite makes it news") {
    Rig rig;
    REQUIRE(rig.notifier.set({Rig::hook("ops")}).has_value());
    rig.notifier.tell(failed_step(0));
    rig.notifier.tell(failed_step(299));
    rig.notifier.tell(failed_step(300));
    rig.notifier.tell(of_kind(EventKind::source_lost, 300));
    rig.notifier.tell(of_kind(EventKind::source_lost, 301, "k8s"));
    rig.notifier.tell(of_kind(EventKind::source_back, 302));
    rig.notifier.tell(of_kind(EventKind::source_lost, 303));
    rig.notifier.tell(of_kind(EventKind::source_lost, 304));
    rig.settle();
    CHECK(rig.counted("sent") == 6);
    CHECK(rig.counted("duplicate") == 2);
}

TEST_CASE("a full queue drops and counts") {
    Rig rig{{.queue = 2, .first_pause = std::chrono::milliseconds{1}}};
    REQUIRE(rig.notifier.set({Rig::hook("ops")}).has_value());
    for (int i = 0; i < 5; ++i) {
        rig.notifier.tell(of_kind(EventKind::source_lost, 0, "s" + std::to_string(i)));
    }
    rig.settle();
    CHECK(rig.counted("sent") == 2);
    CHECK(rig.counted("dropped") == 3);
}

TEST_CASE("a webhook whose secret cannot be read is named, the former ones stay") {
    Rig rig;
    REQUIRE(rig.notifier.set({Rig::hook("ops")}).has_value());
    config::Webhook broken = Rig::hook("pager");
    broken.http.url = "https://broken";
    CHECK(rig.notifier.set({broken}).error().message ==
          "notify.pager: credential:hook does not exist");
    rig.notifier.tell(failed_step());
    rig.settle();
    CHECK(rig.wire.sent.size() == 1);
}

TEST_CASE("a start goes on with a webhook whose secret is still to come") {
    Rig rig;
    config::Webhook broken = Rig::hook("pager");
    broken.http.url = "https://broken";
    REQUIRE(rig.notifier.set({broken}, Notifier::Opening::now_or_later).has_value());
    rig.notifier.tell(failed_step());
    rig.settle();
    CHECK(rig.wire.sent.size() == 1);
}

TEST_CASE("what waits survives a reload of the same webhook") {
    Rig rig;
    REQUIRE(rig.notifier.set({Rig::hook("ops"), Rig::hook("gone")}).has_value());
    rig.notifier.tell(failed_step());
    REQUIRE(rig.notifier.set({Rig::hook("ops")}).has_value());
    rig.settle();
    REQUIRE(rig.wire.sent.size() == 1);
    CHECK(rig.wire.sent[0].path == "https://hooks.example/ops");
}

TEST_CASE("close lets what waits go out, but not past its deadline") {
    Rig rig{{.first_pause = std::chrono::hours{1}}};
    REQUIRE(rig.notifier.set({Rig::hook("ops")}).has_value());
    rig.wire.answers = {status(503)};
    rig.notifier.tell(failed_step());
    const auto close = [&](Duration patience) -> asio::awaitable<bool> {
        co_await rig.notifier.close({.at = std::chrono::steady_clock::now() + patience});
        co_return true;
    };
    CHECK(testing::run(rig.io, close(std::chrono::milliseconds{5})));
    rig.settle();  // returns at once: nothing waits any more
    CHECK(rig.wire.sent.size() == 1);
}

/// What sd_notify sends while `act` runs.
template <typename Act>
std::string told(const Act& act) {
    const testing::TemporaryDirectory home;
    const std::string path = home / "notify";
    const int receiver = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    REQUIRE(receiver >= 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(receiver, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    act();
    ::unsetenv("NOTIFY_SOCKET");
    std::array<char, 512> text{};
    const ssize_t size = ::recv(receiver, text.data(), text.size(), MSG_DONTWAIT);
    ::close(receiver);
    return {text.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

TEST_CASE("systemd is told in its own words") {
    const ServiceManager manager;
    CHECK(told([&] { manager.ready("3 policies\nand more"); }) ==
          "READY=1\nSTATUS=3 policies and more");
    CHECK(told([&] { manager.stopping(); }) == "STOPPING=1\nSTATUS=stopping");
    CHECK(told([&] { manager.status("frozen"); }) == "STATUS=frozen");
    CHECK(told([&] { manager.watchdog(); }) == "WATCHDOG=1");
    const std::string reloading = told([&] { manager.reloading(); });
    CHECK(reloading.starts_with("RELOADING=1\nMONOTONIC_USEC="));
    CHECK(reloading.ends_with("\nSTATUS=reading the policy file"));
}

TEST_CASE("the watchdog is fed twice as often as the unit asks") {
    CHECK_FALSE(ServiceManager{}.watchdog_interval().has_value());
    ::setenv("WATCHDOG_USEC", "10000000", 1);
    CHECK(ServiceManager{}.watchdog_interval() == std::chrono::seconds{5});
    ::unsetenv("WATCHDOG_USEC");
}

}  // namespace
}  // namespace tided::daemon
