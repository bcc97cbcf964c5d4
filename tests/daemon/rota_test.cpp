#include "daemon/rota.h"

#include <vector>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

using namespace tided;
using namespace tided::daemon;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

/// A rota on a real event loop; work only counts, so the cases need no waiting.
struct Fixture {
    asio::io_context io{1};
    Clock clock;
    std::vector<std::string> bugs;
    Scope scope{io.get_executor(), [this](const std::string& doing, const std::string& bug) {
                    bugs.push_back(doing + ": " + bug);
                }};
    std::vector<std::size_t> done;
    int most_at_once = 0;
    int at_once = 0;
    std::size_t stop_after = 0;
    Rota* rota = nullptr;

    asio::awaitable<TimePoint> work(std::size_t item) {
        most_at_once = std::max(most_at_once, ++at_once);
        co_await wait_for(0ms);
        --at_once;
        done.push_back(item);
        if (done.size() >= stop_after) {
            rota->stop();
        }
        co_return clock.now() + 1h;
    }

    void run(Rota::Options options, std::vector<TimePoint> due, std::size_t until) {
        stop_after = until;
        Rota made{io.get_executor(), clock, scope, std::move(options), [this](std::size_t item) {
                      return work(item);
                  }};
        rota = &made;
        made.set(std::move(due));
        scope.spawn("the rota", made.run());
        io.run();
    }
};

asio::awaitable<void> throw_something() {
    co_await wait_for(0ms);
    throw std::runtime_error{"nobody expects it"};
}

}  // namespace

TEST_CASE("rota: does what is due, leaves what is not") {
    Fixture f;
    const TimePoint now = f.clock.now();
    f.run({.doing = "test"}, {now, now + 1h, now - 1s}, 2);
    std::sort(f.done.begin(), f.done.end());
    CHECK(f.done == std::vector<std::size_t>{0, 2});
}

TEST_CASE("rota: the longest overdue comes first") {
    Fixture f;
    const TimePoint now = f.clock.now();
    f.run({.doing = "test", .at_once = 1}, {now - 1s, now - 3s, now - 2s}, 3);
    CHECK(f.done == std::vector<std::size_t>{1, 2, 0});
}

TEST_CASE("rota: never more at once than allowed") {
    Fixture f;
    f.run({.doing = "test", .at_once = 3}, std::vector<TimePoint>(20, f.clock.now()), 20);
    CHECK(f.done.size() == 20);
    CHECK(f.most_at_once == 3);
}

TEST_CASE("rota: a thing that was woken while busy is done again") {
    Fixture f;
    f.stop_after = 2;
    Rota rota{f.io.get_executor(), f.clock, f.scope, {.doing = "test"}, [&f](std::size_t item) {
                  if (f.done.empty()) {
                      f.rota->wake(item);
                  }
                  return f.work(item);
              }};
    f.rota = &rota;
    rota.set({f.clock.now()});
    f.scope.spawn("the rota", rota.run());
    f.io.run();
    CHECK(f.done == std::vector<std::size_t>{0, 0});
}

TEST_CASE("rota: a thing under way whose number goes and comes again is not started twice") {
    Fixture f;
    f.stop_after = 100;
    Rota made{
        f.io.get_executor(), f.clock, f.scope, {}, [&](std::size_t item) { return f.work(item); }};
    f.rota = &made;
    made.set({TimePoint::min(), TimePoint::min()});
    f.scope.spawn("the rota", made.run());
    while (f.at_once < 2) {
        f.io.run_one();
    }
    made.set({TimePoint::max()});
    made.set({TimePoint::max(), TimePoint::min()});
    while (f.done.size() < 3) {
        f.io.run_one();
    }
    CHECK(f.most_at_once == 2);
    made.stop();
    f.io.run();
}

TEST_CASE("scope: an exception is recorded under the name of the work") {
    Fixture f;
    f.scope.spawn("testing", throw_something());
    f.io.run();
    CHECK(f.bugs == std::vector<std::string>{"testing: nobody expects it"});
    CHECK(f.scope.running() == 0);
}

TEST_CASE("scope: drain waits for what ends and cancels what does not") {
    Fixture f;
    f.scope.spawn("waiting for ever", wait_for(24h));
    Scope outer{f.io.get_executor(), [](const std::string&, const std::string&) {}};
    outer.spawn("draining", f.scope.drain(Clock::deadline_in(0ms)));
    f.io.run();
    CHECK(f.scope.running() == 0);
    CHECK(f.bugs.empty());
}

TEST_CASE("alarm: a ring before the wait is not lost") {
    asio::io_context io{1};
    Alarm alarm{io.get_executor()};
    alarm.ring();
    Scope scope{io.get_executor(), [](const std::string&, const std::string&) {}};
    scope.spawn("waiting", alarm.wait(24h));
    io.run();
    CHECK(scope.running() == 0);
}
