// Failover: which server a read goes to, what it gets when they fail in every way, probes.
#include "daemon/sessions/failover.h"

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "tests/daemon/session_rig.h"
#include "tests/support/fake_metrics_transport.h"
#include "tests/support/run_awaitable.h"

using namespace tided;
using namespace tided::daemon;
using namespace std::chrono_literals;
using metrics::test::Answer;
using metrics::test::refused;
using metrics::test::status_page;
using metrics::test::text_page;
using metrics::test::timed_out;

namespace {

constexpr const char* something = R"({"result":[1]})";
constexpr const char* nothing = R"({"result":[]})";

/// A server that gives one answer again and again.
class Scripted final : public Session {
public:
    explicit Scripted(Answer answer) : answer_(std::move(answer)) {}

    boost::asio::awaitable<Result<metrics::Page>> get(metrics::Get request,
                                                      Deadline deadline) override {
        ++asked;
        last = std::move(request);
        last_deadline = deadline;
        co_return answer_;
    }
    boost::asio::awaitable<Result<actuators::Response>> send(actuators::Request /*request*/,
                                                             Deadline /*deadline*/) override {
        ++sent;
        co_return actuators::Response{};
    }
    Result<std::string> read_file(const std::string& path, std::size_t /*limit*/) override {
        return path;
    }
    void says(Answer answer) { answer_ = std::move(answer); }

    int asked = 0;
    int sent = 0;
    metrics::Get last;
    Deadline last_deadline;

private:
    Answer answer_;
};

struct Rig {
    boost::asio::io_context io;
    std::vector<Scripted*> servers;
    std::unique_ptr<Session> session;

    explicit Rig(std::vector<Answer> answers) {
        std::vector<FailoverServer> made;
        for (Answer& answer : answers) {
            auto server = std::make_unique<Scripted>(std::move(answer));
            servers.push_back(server.get());
            made.push_back(
                {.name = "http://" + std::string(1, static_cast<char>('a' + made.size())),
                 .session = std::move(server)});
        }
        session = make_failover(std::move(made), {.subject = "source prom", .timeout = 3s});
    }

    Result<metrics::Page> get(std::optional<std::size_t> server = std::nullopt,
                              Duration span = 5s) {
        metrics::Get request;
        request.url = "/api/v1/query";
        request.server = server;
        return testing::run(io, session->get(std::move(request), testing::in(span)));
    }
};

}  // namespace

TEST_CASE("failover: the first server answers while it can") {
    Rig rig{{text_page(something), text_page(something)}};
    for (int i = 0; i < 3; ++i) {
        CHECK(rig.get().value().server == 0);
    }
    CHECK(rig.servers[0]->asked == 3);
    CHECK(rig.servers[1]->asked == 0);
}

TEST_CASE("failover: the next one answers the same read, and the reads after it") {
    for (const Answer& trouble : {refused(), timed_out(), status_page(503), status_page(502)}) {
        Rig rig{{trouble, text_page(something)}};
        CHECK(rig.get().value().server == 1);
        CHECK(rig.get().value().server == 1);
        const int asked = rig.servers[0]->asked;
        CHECK(asked <= 3);  // two failures, and a probe
        CHECK(rig.get().value().server == 1);
        CHECK(rig.servers[0]->asked <= 3);
    }
}

TEST_CASE("failover: an answer that says no is an answer") {
    for (const int status : {200, 400, 401, 404, 405, 422, 429, 501}) {
        Rig rig{{status_page(status), text_page(something)}};
        CHECK(rig.get().value().status == status);
        CHECK(rig.servers[1]->asked == 0);
    }
}

TEST_CASE("failover: a read for one server goes to no other") {
    Rig rig{{text_page(something), refused()}};
    const auto answer = rig.get(1);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().message == "connecting: connection refused");
    CHECK(rig.servers[0]->asked == 0);
    rig.servers[1]->says(text_page(something));
    CHECK(rig.get(1).value().server == 1);
}

TEST_CASE("failover: when all fail, who answers at all is believed") {
    Rig silent{{timed_out(), refused()}};
    CHECK(silent.get().error().message == "connecting: connection refused");
    Rig broken{{timed_out(), status_page(503)}};
    CHECK(broken.get().value().status == 503);
    Rig dead{{timed_out(), timed_out()}};
    CHECK(dead.get().error().code == ErrorCode::timed_out);
}

TEST_CASE("failover: a server gets no more than its own time, and none once it is over") {
    Rig rig{{timed_out(), text_page(something)}};
    const auto begun = std::chrono::steady_clock::now();
    CHECK(rig.get(std::nullopt, 5s));
    CHECK(rig.servers[0]->last_deadline.at <= begun + 4s);
    CHECK(rig.servers[1]->last_deadline.at <= begun + 5s);
    Rig late{{timed_out(), text_page(something)}};
    CHECK_FALSE(late.get(std::nullopt, -1s));
    CHECK(late.servers[1]->asked == 0);
}

TEST_CASE("failover: the first is probed with the same read, and its answer thrown away") {
    Rig rig{{refused(), text_page(something)}};
    CHECK(rig.get().value().server == 1);
    const int before = rig.servers[0]->asked;
    rig.servers[0]->says(text_page(nothing));
    for (int i = 0; i < 3; ++i) {
        const auto answer = rig.get();
        CHECK(answer.value().server == 1);
        CHECK(answer.value().body == something);
    }
    CHECK(rig.servers[0]->asked - before <= 1);
}

TEST_CASE("failover: what changes something goes to the first only") {
    Rig rig{{refused(), text_page(something)}};
    CHECK(testing::run(rig.io, rig.session->send({}, testing::in(5s))));
    CHECK(rig.servers[0]->sent == 1);
    CHECK(rig.servers[1]->sent == 0);
    CHECK(rig.session->read_file("/a", 1).value() == "/a");
}
