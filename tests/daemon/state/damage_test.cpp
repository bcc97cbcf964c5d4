// Damage: what of the state or of an export cannot be read stops what it must and nothing else.
#include <unistd.h>

#include <doctest/doctest.h>

#include "daemon/state/sqlite.h"
#include "daemon/state/store.h"
#include "tests/support/run_awaitable.h"
#include "tests/support/temporary_directory.h"

namespace tided::daemon {
namespace {

namespace asio = boost::asio;
using testing::run;
using testing::TemporaryDirectory;

PolicyRecord web_record() {
    const TimePoint at{std::chrono::seconds{1'800'000'000}};
    return {.name = "web",
            .state = {.recommendations = {{.replicas = {4}, .at = at}},
                      .loads = {{.metric = "rps", .capacity = 100.0}}},
            .pause = std::nullopt};
}

/// A store on `directory`; a failure ends the test with its message.
std::unique_ptr<StateStore> open_store(const std::string& directory, asio::io_context& io) {
    auto store = StateStore::open({.directory = directory}, io.get_executor());
    if (!store) {
        FAIL(store.error().message);
    }
    return std::move(*store);
}

TEST_CASE("an export whose blobs or orders cannot be read is refused, nothing is taken") {
    const TemporaryDirectory home;
    const auto error =
        [&](const std::string& policies, const std::string& usages, const std::string& facts) {
            return import_state(home / "new",
                                R"({"version":1,"policies":[)" + policies +
                                    R"(],"pools":[],"steps":[],"events":[],"usages":[)" + usages +
                                    R"(],"facts":{)" + facts + "}}")
                .error()
                .message;
        };
    const char* const digits = "expected pairs of the digits 0 to 9 and a to f";
    CHECK(error(R"({"name":"web","state":"020"})", "", "") ==
          std::string{"reading the export: policies[0].state: "} + digits);
    CHECK(error("", R"({"policy":"web","history":"0g"})", "") ==
          std::string{"reading the export: usages[0].history: "} + digits);
    CHECK(error("", R"({"policy":"web","history":"ff"})", "")
              .starts_with("reading the export: usages[0].history: "));
    CHECK(error("", "", R"("brake":"pulled")")
              .starts_with("reading the export: facts: the stored order 'brake' cannot be read: "));
    CHECK(error("", "", R"("approval/web":"{}")")
              .starts_with(
                  "reading the export: facts: the stored order 'approval/web' cannot be read: "));
    CHECK(error("", "", R"("fleet_steps":"[[1]]")")
              .starts_with(
                  "reading the export: facts: the stored order 'fleet_steps' cannot be read: "));
    CHECK(::access((home / "new").c_str(), F_OK) != 0);
}

TEST_CASE("what a policy has learned and cannot be read is put aside, the rest goes on") {
    const TemporaryDirectory home;
    asio::io_context io;
    {
        const auto store = open_store(home.path(), io);
        Batch batch;
        batch.policies = {web_record()};
        REQUIRE(run(io, store->commit(std::move(batch), Durability::full)).has_value());
    }
    REQUIRE(Database::open(home / "tided.db")->execute("UPDATE learned SET state = x'0207'"));
    const auto exported = export_state(home.path());
    REQUIRE(exported);
    CHECK(exported->find(R"("damaged/learned/web":"0207")") != std::string::npos);
    const auto store = open_store(home.path(), io);
    const Snapshot& found = store->snapshot();
    CHECK(found.policies.at("web").state.loads.empty());
    CHECK(found.policies.at("web").state.recommendations == web_record().state.recommendations);
    REQUIRE(found.damage.size() == 1);
    CHECK(found.damage[0].policy == "web");
    CHECK(found.damage[0].message == "a policy's history is cut or damaged");
    CHECK(found.facts.at("damaged/learned/web") == "0207");
}

TEST_CASE("a history that cannot be read is refused with advice") {
    const TemporaryDirectory home;
    asio::io_context io;
    {
        const auto store = open_store(home.path(), io);
        Batch batch;
        batch.policies = {web_record()};
        REQUIRE(run(io, store->commit(std::move(batch), Durability::full)).has_value());
    }
    REQUIRE(Database::open(home / "tided.db")->execute("UPDATE policies SET state = x'0207'"));
    const auto store = StateStore::open({.directory = home.path()}, io.get_executor());
    REQUIRE_FALSE(store);
    CHECK(store.error().message ==
          (home / "tided.db") +
              " cannot be read as state: policy web: a policy's history is cut or damaged; it was "
              "left as it is. Put back a copy, or move it away to start with no history (pauses "
              "and half-done steps are then forgotten)");
}

}  // namespace
}  // namespace tided::daemon
