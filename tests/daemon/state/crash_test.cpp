// The state store against crashes, a full disk and age. A child process commits and is killed at
// moments drawn from a fixed seed; whatever it had been told is durable must be there afterwards.
#include <atomic>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <random>

#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/steady_timer.hpp>
#include <doctest/doctest.h>

#include "daemon/failpoint.h"
#include "daemon/state/journal.h"
#include "daemon/state/records.h"
#include "daemon/state/schema.h"
#include "daemon/state/sqlite.h"
#include "daemon/state/store.h"
#include "tests/support/run_awaitable.h"
#include "tests/support/temporary_directory.h"

namespace tided::daemon {
namespace {

namespace asio = boost::asio;
using testing::run;
using testing::TemporaryDirectory;

TimePoint at(std::int64_t seconds) {
    return TimePoint{std::chrono::seconds{1'800'000'000 + seconds}};
}

Records open_records(const std::string& directory) {
    std::filesystem::create_directories(directory);
    auto database = open_database(directory);
    REQUIRE(database.has_value());
    auto records = Records::open(std::move(*database));
    REQUIRE(records.has_value());
    return std::move(*records);
}

void write(Records& records, const Batch& batch, TimePoint now) {
    REQUIRE(records.begin(Durability::tick).has_value());
    REQUIRE(records.write(batch, now).has_value());
    REQUIRE(records.commit().has_value());
}

/// A file system of 400 kB, for as long as it lives. Only root may have one.
class SmallDisk {
public:
    SmallDisk() : is_there_(::mount("tmpfs", home_.path().c_str(), "tmpfs", 0, "size=400k") == 0) {
        if (!is_there_) {
            MESSAGE("no right to mount a small file system: skipped");
        }
    }
    ~SmallDisk() {
        if (is_there_) {
            CHECK(::umount(home_.path().c_str()) == 0);
        }
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    [[nodiscard]] bool is_there() const { return is_there_; }
    [[nodiscard]] std::string state() const { return home_ / "state"; }
    void grow() const {
        CHECK(::mount("tmpfs", home_.path().c_str(), "tmpfs", MS_REMOUNT, "size=8m") == 0);
    }

private:
    TemporaryDirectory home_;
    bool is_there_;
};

/// Numbers that survive the writer's death.
struct Shared {
    std::atomic<std::uint64_t> acknowledged{0};
};

Batch numbered(std::uint64_t number) {
    Batch batch;
    batch.facts["last"] = std::to_string(number);
    batch.steps.push_back({.step = {.id = "1-" + std::to_string(number),
                                    .policy = "web",
                                    .pool = "web",
                                    .from = {1},
                                    .to = {2}},
                           .identity = "local/web",
                           .phase = StepPhase::intended,
                           .intended_at = at(0),
                           .finished_at = std::nullopt,
                           .outcome = "",
                           .message = ""});
    Event event;
    event.kind = EventKind::step_intended;
    event.at = at(static_cast<std::int64_t>(number));
    event.step = batch.steps.back().step.id;
    batch.events.push_back(event);
    return batch;
}

/// Commits one number after another until it is killed.
[[noreturn]] void write_until_killed(const std::string& directory, Shared& shared) {
    asio::io_context io;
    auto store = StateStore::open({.directory = directory}, io.get_executor());
    if (!store) {
        ::_exit(2);
    }
    for (std::uint64_t number = shared.acknowledged + 1;; ++number) {
        if (!run(io, (*store)->commit(numbered(number), Durability::full))) {
            ::_exit(3);
        }
        shared.acknowledged = number;
    }
}

TEST_CASE("killed at any moment, nothing that was acknowledged is lost") {
    const TemporaryDirectory home;
    void* memory =
        ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    auto* shared = new (memory) Shared;
    std::mt19937 random{20261122};
    for (int round = 0; round < 8; ++round) {
        const std::uint64_t before = shared->acknowledged;
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            write_until_killed(home.path(), *shared);
        }
        const std::uint64_t target = before + 1 + random() % 10;
        while (shared->acknowledged < target) {
            REQUIRE(::waitpid(child, nullptr, WNOHANG) == 0);
        }
        for (auto spins = random() % 200'000; spins > 0; --spins) {
            std::atomic_signal_fence(std::memory_order_seq_cst);
        }
        ::kill(child, SIGKILL);
        REQUIRE(::waitpid(child, nullptr, 0) == child);

        asio::io_context io;
        const auto store = StateStore::open({.directory = home.path()}, io.get_executor());
        if (!store) {
            FAIL(store.error().message);
        }
        const std::uint64_t acknowledged = shared->acknowledged;
        const Snapshot& found = (*store)->snapshot();
        const auto last = std::stoull(found.facts.at("last"));
        // The one being written may be there whole or not at all.
        CHECK(last >= acknowledged);
        CHECK(last <= acknowledged + 1);
        CHECK(found.open_steps.size() == last);
        const auto events = run(io, (*store)->events({.limit = 1}));
        CHECK(events.value().at(0).step == "1-" + std::to_string(last));
        shared->acknowledged = last;
    }
    ::munmap(memory, sizeof(Shared));
}

TEST_CASE("a full disk is an error, and the store goes on when there is room again") {
    const SmallDisk disk;
    if (!disk.is_there()) {
        return;
    }
    asio::io_context io;
    auto opened = StateStore::open({.directory = disk.state()}, io.get_executor());
    REQUIRE(opened.has_value());
    StateStore& store = **opened;
    REQUIRE(run(io, store.commit(numbered(1), Durability::full)).has_value());
    Batch large;
    large.pools = {{.identity = "local/web", .checkpoint = std::string(600'000, 'x')}};
    const Status full = run(io, store.commit(large, Durability::full));
    REQUIRE_FALSE(full.has_value());
    CHECK(full.error().code == ErrorCode::out_of_capacity);
    CHECK(full.error().message == "writing the state: database or disk is full");
    CHECK(run(io, store.commit(numbered(2), Durability::full)).has_value());
    disk.grow();
    CHECK(run(io, store.commit(large, Durability::full)).has_value());
    CHECK(run(io, store.events({})).value().size() == 2);
}

TEST_CASE("the journal keeps what happened while the disk was full, and says so once") {
    const SmallDisk disk;
    if (!disk.is_there()) {
        return;
    }
    asio::io_context io;
    auto store = StateStore::open({.directory = disk.state()}, io.get_executor()).value();
    const Clock clock;
    Announcer announcer;
    std::vector<std::string> told;
    announcer.add([&](const Event& event) { told.push_back(event.text); });
    Journal journal{*store, clock, announcer};
    const auto commit = [&](Batch batch) {
        return run(io, journal.commit(std::move(batch), Durability::full));
    };
    Batch large;
    large.pools = {{.identity = "local/web", .checkpoint = std::string(600'000, 'x')}};
    Event paused;
    paused.kind = EventKind::paused;
    paused.text = "web: paused by alice";
    announcer.tell(paused);
    Batch intent = large;
    intent.steps = {{.step = {.id = "1-1"}, .identity = "local/web"},
                    {.step = {.id = "1-0"},
                     .identity = "local/web",
                     .phase = StepPhase::finished,
                     .finished_at = clock.now(),
                     .outcome = "done"}};
    CHECK_FALSE(commit(intent).has_value());
    CHECK_FALSE(commit(large).has_value());
    CHECK(journal.trouble() ==
          "the state cannot be written: writing the state: database or disk is full");
    disk.grow();
    CHECK(commit({}).has_value());
    CHECK(journal.trouble().empty());
    CHECK(told == std::vector<std::string>{
                      "web: paused by alice",
                      "the state cannot be written, so nothing is scaled: writing the state: "
                      "database or disk is full",
                      "the state can be written again"});
    CHECK(run(io, store->events({})).value().size() == 2);
    store.reset();
    const Snapshot left =
        StateStore::open({.directory = disk.state()}, io.get_executor()).value()->snapshot();
    CHECK(left.checkpoints.at("local/web").size() == 600'000);
    CHECK(left.open_steps.empty());  // the intent's call never left
}

TEST_CASE("no room for pages is an error that leaves the records as they were") {
    const TemporaryDirectory home;
    Records records = open_records(home.path());
    write(records, numbered(1), at(0));
    const auto pages = records.database().number("PRAGMA page_count");
    REQUIRE(pages.has_value());
    REQUIRE(records.database()
                .execute("PRAGMA max_page_count = " + std::to_string(*pages + 2))
                .has_value());
    Batch large = numbered(2);
    large.policies = {{.name = "web", .state = {}, .pause = std::nullopt}};
    large.pools = {{.identity = "local/web", .checkpoint = std::string(60'000, 'x')}};
    REQUIRE(records.begin(Durability::full).has_value());
    const Status full = records.write(large, at(1));
    REQUIRE_FALSE(full.has_value());
    CHECK(full.error().code == ErrorCode::out_of_capacity);
    records.rollback();
    CHECK(records.read_snapshot()->facts.at("last") == "1");
    REQUIRE(records.database().execute("PRAGMA max_page_count = 1000000").has_value());
    write(records, large, at(1));
    CHECK(records.read_snapshot()->facts.at("last") == "2");
    CHECK(records.read_snapshot()->policies.count("web") == 1);
}

TEST_CASE("a batch that fails takes no other with it") {
    const SmallDisk disk;
    if (!disk.is_there()) {
        return;
    }
    asio::io_context io;
    auto opened = StateStore::open({.directory = disk.state()}, io.get_executor());
    REQUIRE(opened.has_value());
    StateStore& store = **opened;
    Batch large;
    large.pools = {{.identity = "local/web", .checkpoint = std::string(600'000, 'x')}};
    std::string story;
    const auto commit = [&](Batch batch, std::string name) -> asio::awaitable<void> {
        const Status status = co_await store.commit(std::move(batch), Durability::full);
        story += name + (status ? " written, " : " refused, ");
    };
    std::vector<asio::awaitable<void>> work;
    work.push_back(commit(numbered(1), "first"));
    work.push_back(commit(large, "large"));
    work.push_back(commit(numbered(2), "second"));
    for (auto& one : work) {
        asio::co_spawn(io, std::move(one), [](std::exception_ptr) {});
    }
    io.run();
    CHECK(story == "first written, large refused, second written, ");
    CHECK(store.backlog() == 0);
}

std::size_t retire(Records& records, TimePoint cutoff, std::size_t limit, std::size_t bite) {
    REQUIRE(records.begin(Durability::tick).has_value());
    const auto gone = records.retire(cutoff, limit, bite);
    REQUIRE(gone.has_value());
    REQUIRE(records.commit().has_value());
    return *gone;
}

TEST_CASE("old events go a bite at a time, then those past the limit") {
    const TemporaryDirectory home;
    Records records = open_records(home.path());
    Batch batch;
    for (int i = 0; i < 100; ++i) {
        Event event;
        event.kind = EventKind::decision;
        event.at = at(i);
        batch.events.push_back(event);
    }
    write(records, batch, at(100));
    CHECK(retire(records, at(30), 1000, 20) == 20);
    CHECK(retire(records, at(30), 1000, 20) == 10);
    CHECK(retire(records, at(30), 1000, 20) == 0);
    CHECK(retire(records, at(30), 55, 10) == 10);
    CHECK(retire(records, at(30), 55, 10) == 5);
    CHECK(retire(records, at(30), 55, 10) == 0);
    const auto left = records.read_events({.limit = 1000});
    REQUIRE(left.has_value());
    CHECK(left->size() == 55);
    CHECK(left->back().at == at(45));
    CHECK(records.shrink().has_value());
}

TEST_CASE("finished steps and policies long unwritten go, open steps and pauses stay") {
    const TemporaryDirectory home;
    Records records = open_records(home.path());
    Batch batch = numbered(1);
    batch.events.clear();
    batch.steps.push_back(batch.steps[0]);
    batch.steps[1].step.id = "1-2";
    batch.steps[1].phase = StepPhase::finished;
    batch.steps[1].finished_at = at(5);
    batch.policies = {{.name = "gone", .state = {}, .pause = std::nullopt},
                      {.name = "paused",
                       .state = {},
                       .pause = policy::Pause{
                           .owner = "alice", .reason = "", .since = at(0), .until = std::nullopt}}};
    write(records, batch, at(0));
    CHECK(retire(records, at(10), 1000, 100) == 2);
    const auto found = records.read_snapshot();
    REQUIRE(found.has_value());
    CHECK(found->policies.size() == 1);
    CHECK(found->policies.count("paused") == 1);
    CHECK(found->open_steps.size() == 1);
    Batch again;
    again.policies = {{.name = "gone", .state = {}, .pause = std::nullopt}};
    write(records, again, at(11));
    CHECK(records.read_snapshot()->policies.size() == 2);
}

TEST_CASE("10,000 policies are written in one transaction and found again") {
    const TemporaryDirectory home;
    Batch batch;
    for (int i = 0; i < 10'000; ++i) {
        PolicyRecord record{
            .name = "tenants[tenant=" + std::to_string(i) + "]", .state = {}, .pause = {}};
        for (int n = 0; n < 60; ++n) {
            record.state.recommendations.push_back({.replicas = {i % 50}, .at = at(n * 5)});
        }
        batch.policies.push_back(std::move(record));
    }
    asio::io_context io;
    for (const auto durability : {Durability::full, Durability::tick}) {
        auto store = StateStore::open({.directory = home.path()}, io.get_executor());
        REQUIRE(store.has_value());
        CHECK(run(io, (*store)->commit(batch, durability)).has_value());
    }
    const auto store = StateStore::open({.directory = home.path()}, io.get_executor());
    REQUIRE(store.has_value());
    REQUIRE((*store)->snapshot().policies.size() == 10'000);
    CHECK((*store)->snapshot().policies.at("tenants[tenant=77]").state == batch.policies[77].state);
}

TEST_CASE("a failpoint kills at the named passage and nowhere else") {
    CHECK(parse_failpoint("call_sent") == Failpoint{.name = "call_sent", .count = 1});
    CHECK(parse_failpoint("call_sent:3") == Failpoint{.name = "call_sent", .count = 3});
    for (const char* wrong : {"", "x:", "x:0", "x:-1", "x:2y"}) {
        CHECK(parse_failpoint(wrong).name.empty());
    }
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::setenv("TIDED_FAILPOINT", "after_intent:2", 1);
        failpoint("before_intent");
        failpoint("after_intent");
        failpoint("before_intent");
        failpoint("after_intent");
        ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGKILL);
}

}  // namespace
}  // namespace tided::daemon
