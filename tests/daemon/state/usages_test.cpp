// What is known of usage in the state: written, replaced, exported, migrated to, forgotten.
#include <doctest/doctest.h>

#include "daemon/state/records.h"
#include "daemon/state/schema.h"
#include "daemon/state/store.h"
#include "daemon/state/usage_codec.h"
#include "daemon/state/wire.h"
#include "tests/support/run_awaitable.h"
#include "tests/support/temporary_directory.h"

namespace tided::daemon {
namespace {

using testing::run;
using testing::TemporaryDirectory;
using Usages = std::map<std::string, std::string>;

const std::string bytes{"\x01\x00\xff'", 4};

/// Opens the state, commits, and closes it.
void commit(const std::string& directory, std::vector<UsageRecord> usages) {
    boost::asio::io_context io;
    auto store = StateStore::open({.directory = directory}, io.get_executor());
    REQUIRE(store);
    Batch batch;
    batch.usages = std::move(usages);
    REQUIRE(run(io, (*store)->commit(std::move(batch), Durability::tick)));
}

Usages stored(const std::string& directory) {
    boost::asio::io_context io;
    auto store = StateStore::open({.directory = directory}, io.get_executor());
    REQUIRE(store);
    return (*store)->snapshot().usages;
}

TEST_CASE("usages: the last that was written is there after a reopening") {
    const TemporaryDirectory home;
    commit(home.path(), {{"web", "old"}, {"api", bytes}});
    commit(home.path(), {{"web", "new"}});
    CHECK(stored(home.path()) == Usages{{"api", bytes}, {"web", "new"}});
}

TEST_CASE("usages: an export has them, and an import takes them") {
    const TemporaryDirectory home;
    const std::string usage = encode(UsageMemory{});
    commit(home / "one", {{"web", usage}});
    const auto exported = export_state(home / "one");
    REQUIRE(exported);
    CHECK(exported->find("\"usages\":[{\"policy\":\"web\",\"history\":\"" + hex_of(usage) +
                         "\"}]") != std::string::npos);
    REQUIRE(import_state(home / "two", *exported));
    CHECK(stored(home / "two") == Usages{{"web", usage}});
}

TEST_CASE("usages: a state of schema 1 gets a place for them") {
    const TemporaryDirectory home;
    commit(home.path(), {{"web", "x"}});
    {
        auto database = Database::open(home / "tided.db");
        REQUIRE(database);
        REQUIRE(
            database->execute("DROP TABLE usages; DROP TRIGGER forget; DROP TABLE learned;"
                              "ALTER TABLE events DROP COLUMN record;"
                              "PRAGMA user_version = 1"));
    }
    CHECK(stored(home.path()).empty());
    commit(home.path(), {{"web", "y"}});
    CHECK(stored(home.path()) == Usages{{"web", "y"}});
}

TEST_CASE("usages: what nobody writes any more is forgotten") {
    const TemporaryDirectory home;
    auto database = open_database(home.path());
    REQUIRE(database);
    auto records = Records::open(std::move(*database));
    REQUIRE(records);
    const TimePoint then{std::chrono::hours{1000}};
    const auto write = [&](const char* policy, TimePoint now) {
        Batch batch;
        batch.usages = {{policy, "x"}};
        REQUIRE(records->begin(Durability::tick));
        REQUIRE(records->write(batch, now));
        REQUIRE(records->commit());
    };
    write("old", then);
    write("new", then + std::chrono::hours{2});
    REQUIRE(records->begin(Durability::tick));
    CHECK(records->retire(then + std::chrono::hours{1}, 10, 10).value() == 1);
    REQUIRE(records->commit());
    CHECK(records->read_snapshot()->usages == Usages{{"new", "x"}});
}

TEST_CASE("usages: those of a policy that is written are kept, however long nobody was heard") {
    const TemporaryDirectory home;
    auto database = open_database(home.path());
    REQUIRE(database);
    auto records = Records::open(std::move(*database));
    REQUIRE(records);
    const TimePoint then{std::chrono::hours{1000}};
    Batch first;
    first.usages = {{"web", "x"}, {"gone", "y"}};
    first.policies = {{.name = "web", .state = {}, .pause = std::nullopt},
                      {.name = "gone", .state = {}, .pause = std::nullopt}};
    Batch second;
    second.policies = {{.name = "web", .state = {}, .pause = std::nullopt}};
    REQUIRE(records->begin(Durability::tick));
    REQUIRE(records->write(first, then));
    REQUIRE(records->write(second, then + std::chrono::hours{2}));
    for (int bite = 0; bite < 2; ++bite) {  // the policy goes first, then what it has used
        REQUIRE(records->retire(then + std::chrono::hours{1}, 10, 10));
    }
    REQUIRE(records->commit());
    CHECK(records->read_snapshot()->usages == Usages{{"web", "x"}});
    CHECK(records->read_snapshot()->policies.size() == 1);
}

}  // namespace
}  // namespace tided::daemon
