// Fetcher: lanes that go while they are fetched, a source that is lost and comes back.
#include "daemon/fetcher.h"

#include <stdexcept>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "daemon/ticker.h"
#include "tests/support/fake_source.h"
#include "tests/support/run_awaitable.h"

using namespace tided;
using namespace tided::daemon;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

/// A source that answers when the test says so, and minds lanes it does not have.
class GatedSource final : public testing::FakeSource {
public:
    explicit GatedSource(asio::any_io_executor io) : gate_(std::move(io)) {}

    [[nodiscard]] TimePoint next(std::size_t lane, TimePoint after) const override {
        mind(lane);
        return after + (lane == hasty && begun == 0 ? 1ms : 1h);
    }
    void on_moved(const std::function<void()>& tell) override { told = tell; }
    [[nodiscard]] std::vector<std::size_t> take_moved() override {
        return std::exchange(moved, {});
    }
    void retire() override { is_retired = true; }
    asio::awaitable<metrics::Fetched> fetch(std::size_t lane, TimePoint, Deadline) override {
        mind(lane);
        ++begun;
        if (is_held) {
            co_await gate_.wait(1h);
        }
        metrics::Fetched fetched{.kind = kind};
        fetched.lanes_changed = lanes_next > 0;
        said.lanes = lanes_next > 0 ? std::exchange(lanes_next, 0U) : said.lanes;
        if (!failure.empty()) {
            fetched.status = fail(ErrorCode::unavailable, failure);
        }
        co_return fetched;
    }
    void measured(std::size_t lane, Duration) override {
        mind(lane);
        ++measurements;
    }
    void release() { gate_.ring(); }

    std::string failure;
    metrics::FetchKind kind = metrics::FetchKind::samples;
    std::size_t hasty = 1000;
    std::function<void()> told;
    std::vector<std::size_t> moved;
    bool is_retired = false;
    bool is_held = false;
    std::size_t lanes_next = 0;  ///< how many the next fetch leaves; 0: as many as before
    int begun = 0;
    int measurements = 0;

private:
    void mind(std::size_t lane) const {
        if (lane >= said.lanes) {
            throw std::out_of_range{"no such lane"};
        }
    }

    Alarm gate_;
};

struct Rig {
    asio::io_context io{1};
    Clock clock;
    std::vector<std::string> bugs;
    Scope scope{io.get_executor(), [this](const std::string& doing, const std::string& bug) {
                    bugs.push_back(doing + ": " + bug);
                }};
    Announcer announcer;
    Telemetry telemetry;
    Fetcher fetcher{io.get_executor(), clock, scope, announcer, telemetry};
    std::shared_ptr<LiveSource> live = std::make_shared<LiveSource>();
    GatedSource* source = nullptr;

    explicit Rig(std::size_t lanes) {
        live->config.name = "prom";
        auto made = std::make_unique<GatedSource>(io.get_executor());
        source = made.get();
        source->said.lanes = lanes;
        live->source = std::move(made);
    }

    void settle() {
        for (int quiet = 0; quiet < 20;) {
            quiet = io.run_for(2ms) == 0 ? quiet + 1 : 0;
            io.restart();
        }
    }

    void fetch_all() {
        bool done = false;
        asio::co_spawn(
            io, fetcher.fetch_all(live), [&done](std::exception_ptr failure) { done = !failure; });
        settle();
        CHECK(done);
    }

    std::vector<std::string> texts() {
        std::vector<std::string> texts;
        for (const Event& event : announcer.take()) {
            texts.push_back(event.text);
        }
        return texts;
    }
};

}  // namespace

TEST_CASE("fetcher: a lane that a reload drops while it is fetched is forgotten") {
    Rig rig{2};
    rig.scope.spawn("reading source prom", rig.fetcher.look_after(rig.live));
    rig.settle();
    rig.source->is_held = true;
    rig.live->rota->wake(1);
    rig.settle();
    REQUIRE(rig.source->begun == 1);
    rig.source->said.lanes = 1;
    rig.fetcher.lay_out_lanes(*rig.live);
    rig.source->release();
    rig.settle();
    CHECK(rig.bugs.empty());
    CHECK(rig.source->measurements == 0);
    CHECK(rig.live->rota->under_way() == 0);
    rig.source->is_held = false;
    rig.live->rota->wake(0);
    rig.settle();
    CHECK(rig.source->begun == 2);
    CHECK(rig.source->measurements == 1);
    rig.live->rota->stop();
    rig.settle();
    CHECK(rig.scope.running() == 0);
}

TEST_CASE("fetcher: a source that changes its lanes in a fetch is followed") {
    Rig rig{2};
    rig.scope.spawn("reading source prom", rig.fetcher.look_after(rig.live));
    rig.settle();
    rig.source->lanes_next = 4;
    rig.live->rota->wake(0);
    rig.settle();
    CHECK(rig.live->rota->size() == 4);
    CHECK(rig.source->measurements == 0);
    rig.live->rota->wake(3);
    rig.settle();
    CHECK(rig.source->begun == 2);
    CHECK(rig.source->measurements == 1);
    rig.source->lanes_next = 1;
    rig.live->rota->wake(2);
    rig.settle();
    CHECK(rig.live->rota->size() == 1);
    CHECK(rig.bugs.empty());
    rig.live->rota->stop();
    rig.settle();
}

TEST_CASE("fetcher: without a loop, what a fetch adds is fetched too") {
    Rig rig{1};
    rig.source->lanes_next = 2;
    rig.fetch_all();
    CHECK(rig.source->begun == 3);
}

TEST_CASE("fetcher: a source that is lost and one that is back are told once") {
    Rig rig{2};
    rig.source->failure = "refused";
    rig.source->said.failing = 2;
    rig.source->said.last_error = "scraping a: refused";
    rig.fetch_all();
    CHECK(rig.texts() == std::vector<std::string>{"source prom fails: scraping a: refused"});
    CHECK(rig.live->lost);
    CHECK_FALSE(rig.live->silent);
    CHECK(rig.live->last_error == "refused");
    rig.source->said.silent = 2;
    rig.fetch_all();
    CHECK(rig.texts().empty());
    CHECK(rig.live->silent);
    rig.source->failure.clear();
    rig.source->said.failing = 0;
    rig.fetch_all();
    CHECK(rig.texts() == std::vector<std::string>{"source prom answers again"});
    CHECK_FALSE(rig.live->lost);
    CHECK_FALSE(rig.live->silent);
    CHECK(rig.live->last_error.empty());
}

TEST_CASE("fetcher: a source of which a part fails is not lost") {
    Rig rig{2};
    rig.source->failure = "refused";
    rig.source->said.failing = 1;
    rig.fetch_all();
    CHECK(rig.texts().empty());
    CHECK_FALSE(rig.live->lost);
    CHECK(rig.live->last_error == "refused");
}

TEST_CASE("fetcher: a lane that comes is fetched when it is due, and the source's end is told") {
    Rig rig{1};
    rig.scope.spawn("reading source prom", rig.fetcher.look_after(rig.live));
    rig.settle();
    CHECK(rig.source->begun == 0);
    rig.source->said.lanes = 3;
    rig.source->hasty = 2;
    rig.source->moved = {2};
    rig.source->told();
    rig.settle();
    CHECK(rig.source->begun == 1);
    rig.live->rota->stop();
    rig.settle();
    CHECK(rig.source->is_retired);
    CHECK_FALSE(rig.source->told);
    CHECK(rig.scope.running() == 0);
}

TEST_CASE("fetcher: a look for targets that fails is no failing lane") {
    Rig rig{1};
    rig.source->kind = metrics::FetchKind::targets;
    rig.source->failure = "no such file";
    rig.source->said.discovery_error = "no such file";
    rig.fetch_all();
    CHECK(rig.texts().empty());
    CHECK_FALSE(rig.live->lost);
    CHECK(rig.live->discovery_error == "no such file");
    CHECK(rig.live->last_error.empty());
}

TEST_CASE("fetcher: a source without lanes is not lost") {
    Rig rig{0};
    rig.fetch_all();
    CHECK(rig.texts().empty());
    CHECK(rig.source->begun == 0);
}
