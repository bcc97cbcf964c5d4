// StateStore against real files in a temporary directory.
#include "daemon/state/store.h"

#include <filesystem>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "daemon/state/sqlite.h"
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

PolicyRecord web_record() {
    return {.name = "web",
            .state = {.recommendations = {{.replicas = {4}, .at = at(0)},
                                          {.replicas = {7}, .at = at(5)}},
                      .ups = {{.change = 3, .at = at(5)}},
                      .downs = {},
                      .curves = {{.metric = "p99",
                                  .at = at(5),
                                  .last = {40.0, 0.25, 1.0},
                                  .points = {{20.0, 0.1, 12.5}, {30.0, 0.15, 60.0}}}},
                      .loads = {{.metric = "rps", .capacity = 100.0}}},
            .pause = policy::Pause{.owner = "uid=1000(alice)",
                                   .reason = "maintenance",
                                   .since = at(1),
                                   .until = at(7200)}};
}

StepRecord web_step(StepPhase phase) {
    return {.step = {.id = "3-17", .policy = "web", .pool = "web", .from = {4}, .to = {7}},
            .identity = "kapsule/deployment/prod/web",
            .phase = phase,
            .intended_at = at(5),
            .finished_at = std::nullopt,
            .outcome = "",
            .message = ""};
}

Event decision(std::int64_t seconds, std::string policy) {
    Event event;
    event.kind = EventKind::decision;
    event.at = at(seconds);
    event.policy = std::move(policy);
    event.pool = "web";
    event.text = "web: 4 -> 7 because rps is 712";
    event.from = {4};
    event.to = {7};
    event.reasons = {"rps is 712", "at most +100% per 15s"};
    return event;
}

/// A store on `directory`; a failure ends the test with its message.
std::unique_ptr<StateStore> open_store(const std::string& directory, asio::io_context& io) {
    auto store = StateStore::open({.directory = directory}, io.get_executor());
    if (!store) {
        FAIL(store.error().message);
    }
    return std::move(*store);
}

std::string open_error(const std::string& directory) {
    asio::io_context io;
    const auto store = StateStore::open({.directory = directory}, io.get_executor());
    return store ? "opened" : store.error().message;
}

TEST_CASE("a new store is empty and counts its openings") {
    const TemporaryDirectory home;
    asio::io_context io;
    for (const std::uint64_t boot : {1U, 2U, 3U}) {
        const auto store = open_store(home / "state", io);
        CHECK(store->snapshot().boot == boot);
        CHECK(store->snapshot().policies.empty());
        CHECK(store->snapshot().facts.empty());
        CHECK(store->backlog() == 0);
    }
    struct stat directory {};
    struct stat file {};
    REQUIRE(::stat((home / "state").c_str(), &directory) == 0);
    REQUIRE(::stat((home / "state/tided.db").c_str(), &file) == 0);
    CHECK((directory.st_mode & 0777) == 0750);
    CHECK((file.st_mode & 0777) == 0640);
}

TEST_CASE("what a batch drops is gone, even what it writes itself") {
    const TemporaryDirectory home;
    asio::io_context io;
    {
        const auto store = open_store(home.path(), io);
        Batch batch;
        batch.pools = {{.identity = "here/a", .checkpoint = "{}"},
                       {.identity = "here/b", .checkpoint = "{}"}};
        batch.facts = {{"instance/t[l=a]", "gone 1 here/a"}, {"instance/t[l=b]", "here here/b"}};
        CHECK(run(io, store->commit(std::move(batch), Durability::full)).has_value());
        Batch drop;
        drop.facts = {{"late", "1"}};
        drop.dropped_facts = {"instance/t[l=a]", "late", "never"};
        drop.dropped_pools = {"here/a", "never"};
        CHECK(run(io, store->commit(std::move(drop), Durability::tick)).has_value());
    }
    const auto store = open_store(home.path(), io);
    CHECK(store->snapshot().facts ==
          std::map<std::string, std::string>{{"instance/t[l=b]", "here here/b"}});
    CHECK(store->snapshot().checkpoints == std::map<std::string, std::string>{{"here/b", "{}"}});
}

TEST_CASE("what was committed is there after a reopening") {
    const TemporaryDirectory home;
    asio::io_context io;
    {
        const auto store = open_store(home.path(), io);
        Batch batch;
        batch.policies = {web_record()};
        batch.pools = {{.identity = "kapsule/deployment/prod/web", .checkpoint = "{\"pids\":[1]}"}};
        batch.steps = {web_step(StepPhase::intended)};
        batch.events = {decision(5, "web")};
        batch.facts = {{"anchor", "1800000000000 77"}};
        CHECK(run(io, store->commit(std::move(batch), Durability::full)).has_value());
    }
    const auto store = open_store(home.path(), io);
    const Snapshot& found = store->snapshot();
    REQUIRE(found.policies.count("web") == 1);
    CHECK(found.policies.at("web").state == web_record().state);
    CHECK(found.policies.at("web").pause == web_record().pause);
    CHECK(found.checkpoints.at("kapsule/deployment/prod/web") == "{\"pids\":[1]}");
    CHECK(found.facts == std::map<std::string, std::string>{{"anchor", "1800000000000 77"}});
    REQUIRE(found.open_steps.size() == 1);
    CHECK(found.open_steps[0].step == web_step(StepPhase::intended).step);
    CHECK(found.open_steps[0].identity == "kapsule/deployment/prod/web");
    CHECK(found.open_steps[0].intended_at == at(5));
    const auto events = run(io, store->events({}));
    REQUIRE(events.has_value());
    CHECK(*events == std::vector<Event>{decision(5, "web")});
}

TEST_CASE("a finished step is open no more, a resumed policy not paused") {
    const TemporaryDirectory home;
    asio::io_context io;
    {
        const auto store = open_store(home.path(), io);
        Batch first;
        first.policies = {web_record()};
        first.steps = {web_step(StepPhase::intended)};
        CHECK(run(io, store->commit(first, Durability::full)).has_value());
        Batch second;
        second.policies = {web_record()};
        second.policies[0].pause.reset();
        second.steps = {web_step(StepPhase::finished)};
        second.steps[0].finished_at = at(6);
        second.steps[0].outcome = "done";
        CHECK(run(io, store->commit(second, Durability::tick)).has_value());
    }
    const auto store = open_store(home.path(), io);
    CHECK(store->snapshot().open_steps.empty());
    CHECK_FALSE(store->snapshot().policies.at("web").pause.has_value());
}

TEST_CASE("events come newest first, by policy, instants and limit") {
    const TemporaryDirectory home;
    asio::io_context io;
    const auto store = open_store(home.path(), io);
    Batch batch;
    for (int i = 0; i < 10; ++i) {
        batch.events.push_back(decision(i, i % 2 == 0 ? "web" : "api"));
    }
    CHECK(run(io, store->commit(std::move(batch), Durability::tick)).has_value());
    const auto instants = [&](EventQuery query) {
        std::vector<std::int64_t> seconds;
        const auto found = run(io, store->events(std::move(query)));
        for (const Event& event : found.value()) {
            seconds.push_back((event.at - at(0)) / std::chrono::seconds{1});
        }
        return seconds;
    };
    CHECK(instants({.limit = 3}) == std::vector<std::int64_t>{9, 8, 7});
    CHECK(instants({.policy = "web"}) == std::vector<std::int64_t>{8, 6, 4, 2, 0});
    CHECK(instants({.since = at(3), .until = at(5)}) == std::vector<std::int64_t>{5, 4, 3});
    CHECK(instants({.policy = "gone"}).empty());
}

TEST_CASE("a second daemon on the same directory is refused by pid") {
    const TemporaryDirectory home;
    asio::io_context io;
    const auto store = open_store(home.path(), io);
    CHECK(open_error(home.path()) ==
          "state directory " + home.path() + " is in use by another tided (pid " +
              std::to_string(::getpid()) + "): stop it first: systemctl stop tided");
    CHECK(export_state(home.path()).error().code == ErrorCode::conflict);
}

TEST_CASE("a state directory that is a file is refused") {
    const TemporaryDirectory home;
    std::ofstream{home / "file"} << "x";
    CHECK(open_error(home / "file") ==
          "state directory " + (home / "file") + ": it is not a directory");
}

TEST_CASE("a corrupt file is refused with advice and left as it is") {
    const TemporaryDirectory home;
    const std::string garbage(8192, 'x');
    std::ofstream{home / "tided.db"} << garbage;
    CHECK(open_error(home.path()) ==
          (home / "tided.db") +
              " cannot be read as state: file is not a database; it was left as it is. Put back a "
              "copy, or move it away to start with no history (pauses and half-done steps are then "
              "forgotten)");
    std::ifstream file{home / "tided.db"};
    CHECK(std::string{std::istreambuf_iterator<char>{file}, {}} == garbage);
}

TEST_CASE("a page damaged in the middle is found at opening") {
    const TemporaryDirectory home;
    asio::io_context io;
    {
        const auto store = open_store(home.path(), io);
        Batch batch;
        for (int i = 0; i < 2000; ++i) {
            PolicyRecord record = web_record();
            record.name = "web" + std::to_string(i);
            batch.policies.push_back(record);
        }
        REQUIRE(run(io, store->commit(std::move(batch), Durability::full)).has_value());
    }
    {
        std::fstream file{home / "tided.db", std::ios::in | std::ios::out | std::ios::binary};
        file.seekp(0, std::ios::end);
        file.seekp(file.tellp() / 2);
        file << std::string(6000, '\xff');
    }
    const std::string message = open_error(home.path());
    INFO(message);
    CHECK(message.find("cannot be read as state") != std::string::npos);
}

TEST_CASE("a newer schema is refused in one sentence") {
    const TemporaryDirectory home;
    asio::io_context io;
    open_store(home.path(), io).reset();
    {
        auto database = Database::open(home / "tided.db");
        REQUIRE(database.has_value());
        REQUIRE(database->execute("PRAGMA user_version = 99").has_value());
    }
    CHECK(open_error(home.path()) ==
          (home / "tided.db") +
              " has schema 99, this tided knows up to 2: install the newer tided again, or import "
              "an export made with it");
}

TEST_CASE("another program's database is refused") {
    const TemporaryDirectory home;
    std::ofstream{home / "tided.db"};
    {
        auto database = Database::open(home / "tided.db");
        REQUIRE(database.has_value());
        REQUIRE(database->execute("PRAGMA application_id = 7; CREATE TABLE bookmarks(url)")
                    .has_value());
    }
    const std::string message = open_error(home.path());
    CHECK(message.find("it belongs to another program") != std::string::npos);
}

TEST_CASE("schema 0 migrates forward and a copy is kept") {
    const TemporaryDirectory home;
    const bool is_root = ::geteuid() == 0 && ::chown(home.path().c_str(), 65534, 12) == 0;
    std::ofstream{home / "tided.db"};
    {
        auto database = Database::open(home / "tided.db");
        REQUIRE(database.has_value());
        REQUIRE(database
                    ->execute(R"sql(
            CREATE TABLE policies(name TEXT PRIMARY KEY, document TEXT NOT NULL);
            CREATE TABLE facts(name TEXT PRIMARY KEY, value TEXT NOT NULL);
            INSERT INTO facts VALUES('boot', '41');
            INSERT INTO policies VALUES('web', '{"name":"web",
                "recommendations":[[1800000000000,4],[1800000005000,7]],
                "ups":[[1800000005000,3]],"downs":[],
                "pause":{"owner":"uid=1000(alice)","reason":"maintenance",
                         "since":1800000001000,"until":1800007200000}}');
        )sql")
                    .has_value());
    }
    asio::io_context io;
    {
        const auto store = open_store(home.path(), io);
        CHECK(store->snapshot().boot == 42);
        REQUIRE(store->snapshot().policies.count("web") == 1);
        policy::PolicyState expected = web_record().state;
        expected.curves.clear();  // that schema had none
        expected.loads.clear();
        CHECK(store->snapshot().policies.at("web").state == expected);
        CHECK(store->snapshot().policies.at("web").pause == web_record().pause);
    }
    auto copy = Database::open(home / "tided.db.v0");
    REQUIRE(copy.has_value());
    CHECK(copy->number("PRAGMA user_version") == 0);
    CHECK(copy->number("SELECT count(document) FROM policies") == 1);
    struct stat file {};
    REQUIRE(::stat((home / "tided.db.v0").c_str(), &file) == 0);
    CHECK((file.st_mode & 0777) == 0640);
    CHECK((!is_root || (file.st_uid == 65534 && file.st_gid == 12)));
}

TEST_CASE("a migration that fails leaves the old file in force") {
    const TemporaryDirectory home;
    std::ofstream{home / "tided.db"};
    {
        auto database = Database::open(home / "tided.db");
        REQUIRE(database.has_value());
        REQUIRE(database
                    ->execute("CREATE TABLE policies(name TEXT PRIMARY KEY, document TEXT);"
                              "CREATE TABLE facts(name TEXT PRIMARY KEY, value TEXT NOT NULL);"
                              "INSERT INTO policies VALUES('web', '{\"name\":7}')")
                    .has_value());
    }
    CHECK(open_error(home.path()) ==
          (home / "tided.db") + " cannot be read as state: migrating " + (home / "tided.db") +
              " from schema 0: a policy of schema 0: name: expected a string; it was left as it "
              "is. Put back a copy, or move it away to start with no history (pauses and half-done "
              "steps are then forgotten)");
    auto database = Database::open(home / "tided.db");
    REQUIRE(database.has_value());
    CHECK(database->number("SELECT count(document) FROM policies") == 1);
    CHECK(database->number("PRAGMA user_version") == 0);
}

TEST_CASE("export and import give the same state") {
    const TemporaryDirectory home;
    asio::io_context io;
    {
        const auto store = open_store(home / "one", io);
        Batch batch;
        batch.policies = {web_record()};
        batch.pools = {{.identity = "local/web", .checkpoint = "{}"}};
        batch.steps = {web_step(StepPhase::pending)};
        batch.events = {decision(5, "web"), decision(6, "api")};
        batch.facts = {{"anchor", "1 2"}};
        REQUIRE(run(io, store->commit(std::move(batch), Durability::full)).has_value());
    }
    const auto exported = export_state(home / "one");
    REQUIRE(exported.has_value());
    REQUIRE(import_state(home / "two", *exported).has_value());
    CHECK(export_state(home / "two").value() == *exported);
    CHECK(import_state(home / "two", *exported).error().message ==
          (home / "two") + " already holds state: import needs an empty directory");
    const auto store = open_store(home / "two", io);
    CHECK(store->snapshot().boot == 2);
    CHECK(store->snapshot().policies.at("web").state == web_record().state);
}

TEST_CASE("an export that is wrong says where") {
    const TemporaryDirectory home;
    const auto error = [&](const char* json) {
        return import_state(home / "new", json).error().message;
    };
    CHECK(error("{") == "reading the export: not JSON: incomplete JSON");
    CHECK(error("[]") == "reading the export: expected a JSON object");
    CHECK(error("{\"version\":9}") == "reading the export: version: this tided reads version 1");
    CHECK(error("{\"version\":1,\"policies\":[{\"name\":3}]}") ==
          "reading the export: policies[0].name: expected a string");
    CHECK_FALSE(std::filesystem::exists(home / "new"));
}

TEST_CASE("export of a directory without state makes none") {
    const TemporaryDirectory home;
    CHECK(export_state(home / "nothing").error().message ==
          (home / "nothing") + " holds no state: there is no tided.db");
    CHECK_FALSE(std::filesystem::exists(home / "nothing"));
}

}  // namespace
}  // namespace tided::daemon
