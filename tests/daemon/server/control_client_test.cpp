// ControlClient against the real server, and against everything that can be wrong with a socket.
#include "daemon/server/control_client.h"

#include <fstream>
#include <thread>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "daemon/server/checks.h"
#include "daemon/server/http_server.h"
#include "metrics/percent.h"
#include "tests/support/fake_control.h"
#include "tests/support/temporary_directory.h"

namespace tided::daemon {
namespace {

namespace asio = boost::asio;
using testing::FakeControl;
using testing::TemporaryDirectory;

/// The real server and routes over a fake daemon, on a thread of their own.
class Daemon {
public:
    Daemon() {
        control.fleet.views = {testing::policy_view("web"), testing::policy_view("a b[c=d/e]")};
        config::Listener listener;
        listener.addresses.clear();
        auto made =
            HttpServer::listen(io_.get_executor(), listener, socket, [this](HttpRequest request) {
                return route(control, std::move(request));
            });
        if (!made) {
            FAIL(made.error().message);
        }
        server_ = std::move(*made);
        thread_ = std::thread{[this] { io_.run(); }};
    }
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;
    ~Daemon() { stop(); }

    void stop() {
        if (thread_.joinable()) {
            asio::post(io_, [this] { server_.reset(); });
            work_.reset();
            thread_.join();
        }
    }

    TemporaryDirectory home;
    std::string socket = home / "control.sock";
    FakeControl control;

private:
    asio::io_context io_;
    asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(io_);
    std::unique_ptr<HttpServer> server_;
    std::thread thread_;
};

TEST_CASE("the client asks and orders") {
    Daemon daemon;
    const ControlClient client{daemon.socket};
    const auto policies = client.get("/api/v1/policies");
    REQUIRE(policies.has_value());
    CHECK(policies->status == 200);
    CHECK(policies->body.starts_with("{\"policies\":[\n{\"name\":\"web\""));
    CHECK(policies->body.ends_with("]}\n"));
    const auto one = client.get("/api/v1/policies/" + metrics::percent_encoded("a b[c=d/e]"));
    CHECK(one.value().status == 200);
    const auto unknown = client.get("/api/v1/policies/wep");
    CHECK(unknown.value().status == 404);
    CHECK(unknown.value().body ==
          "{\"error\":\"there is no policy \\\"wep\\\", did you mean \\\"web\\\"?\"}\n");
    const auto paused = client.post("/api/v1/policies/web/pause", R"({"reason":"x","for":"1h"})");
    CHECK(paused.value().body == "{\"paused\":\"web\",\"until\":\"2027-01-15T09:00:02.000Z\"}\n");
    CHECK(client.post("/-/reload", "").value().body == "{\"reloaded\":true,\"warnings\":[]}\n");
    daemon.stop();
    CHECK(daemon.control.orders ==
          std::vector<std::string>{
              "pause web by " + peer_of(::getuid()) + " until 2027-01-15T09:00:02.000Z: x",
              "reload by " + peer_of(::getuid())});
}

TEST_CASE("what can be wrong with the socket is said with its remedy") {
    const TemporaryDirectory home;
    const std::string path = home / "control.sock";
    const auto error = [&](const std::string& socket) {
        return ControlClient{socket}.get("/api/v1/status").error();
    };
    CHECK(error(path).message == "tided is not running: there is no control socket at " + path +
                                     " (another one is named by --socket)");
    CHECK(error(path).code == ErrorCode::not_found);
    const int left = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(left, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    ::close(left);
    CHECK(error(path).message == "tided is not running: nobody listens on " + path);
    const std::string deep = home / std::string(120, 'x');
    CHECK(error(deep).code == ErrorCode::invalid_input);
}

TEST_CASE("a daemon that never answers is given up") {
    const TemporaryDirectory home;
    const std::string path = home / "control.sock";
    const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener, 1) == 0);
    const ControlClient client{path, std::chrono::milliseconds{20}};
    const auto answer = client.get("/api/v1/status");
    ::close(listener);
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().code == ErrorCode::timed_out);
    CHECK(answer.error().message ==
          "reading from " + path + ": timed out; the daemon may be stuck");
}

}  // namespace
}  // namespace tided::daemon
