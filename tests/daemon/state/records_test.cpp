// Records: rows as they are written, without the store's thread.
#include "daemon/state/records.h"

#include <filesystem>

#include <doctest/doctest.h>

#include "daemon/state/schema.h"
#include "tests/support/temporary_directory.h"

using namespace tided;
using namespace tided::daemon;

namespace {

TimePoint at(std::int64_t seconds) {
    return TimePoint{std::chrono::seconds{1'800'000'000 + seconds}};
}

Batch learned(float total) {
    policy::PolicyState state;
    state.loads.push_back({.metric = "rps", .capacity = 100.0});
    state.loads[0].memory.headroom.total = total;
    Batch batch;
    batch.policies.push_back({.name = "web", .state = std::move(state), .pause = std::nullopt});
    return batch;
}

/// Policies of these names, each proposing `count`.
Batch proposals(const std::vector<std::string>& names, std::int32_t count) {
    Batch batch;
    for (const std::string& name : names) {
        policy::PolicyState state;
        state.recommendations.push_back({.replicas = {count++}, .at = at(0)});
        batch.policies.push_back({.name = name, .state = std::move(state), .pause = std::nullopt});
    }
    return batch;
}

}  // namespace

TEST_CASE("records: what is learned is written once a minute, and goes with its policy") {
    const testing::TemporaryDirectory home;
    Records records = *Records::open(*open_database(home.path()));
    const auto write = [&](std::int64_t seconds, float total) {
        REQUIRE(records.begin(Durability::tick));
        REQUIRE(records.write(learned(total), at(seconds)));
    };
    const auto read = [&] {
        return records.read_snapshot()->policies.at("web").state.loads.at(0).memory.headroom.total;
    };
    write(0, 1.0F);
    REQUIRE(records.commit());
    write(5, 2.0F);
    REQUIRE(records.commit());
    CHECK(read() == 1.0F);
    write(60, 3.0F);
    records.rollback();
    write(61, 4.0F);  // what was not committed is due
    REQUIRE(records.commit());
    CHECK(read() == 4.0F);
    REQUIRE(records.begin(Durability::full));
    REQUIRE(records.retire(at(3'600), 10, 10));
    REQUIRE(records.commit());
    CHECK(*records.database().number("SELECT count(*) FROM learned") == 0);
}

TEST_CASE("records: each policy finds its row, in any order and after others have gone") {
    const testing::TemporaryDirectory home;
    Records records = *Records::open(*open_database(home.path()));
    const auto write = [&](const std::vector<std::string>& names, std::int32_t count) {
        REQUIRE(records.begin(Durability::tick));
        REQUIRE(records.write(proposals(names, count), at(0)));
    };
    const auto counts = [&] {
        const auto snapshot = records.read_snapshot();
        std::vector<std::int32_t> all;
        for (const auto& [name, record] : snapshot->policies) {
            all.push_back(record.state.recommendations.at(0).replicas.count);
        }
        return all;
    };
    using Counts = std::vector<std::int32_t>;
    for (std::int32_t i = 0; i < 3; ++i) {  // the second time the order is known
        write({"a", "b", "c"}, 10 * i);
        REQUIRE(records.commit());
        CHECK(counts() == Counts{10 * i, 10 * i + 1, 10 * i + 2});
    }
    write({"c", "a", "a", "b"}, 30);
    REQUIRE(records.commit());
    CHECK(counts() == Counts{32, 33, 30});
    write({"a", "new", "b"}, 40);
    records.rollback();  // what came with it points nowhere any more
    write({"a", "b", "new", "c"}, 50);
    REQUIRE(records.commit());
    CHECK(counts() == Counts{50, 51, 53, 52});
    REQUIRE(records.begin(Durability::tick));
    REQUIRE(records.retire(at(1), 10, 10));
    REQUIRE(records.commit());
    CHECK(counts().empty());
    write({"b", "a"}, 60);
    REQUIRE(records.commit());
    CHECK(counts() == Counts{61, 60});
}

TEST_CASE("records: a long log goes into the file by a checkpoint, not by a commit") {
    const testing::TemporaryDirectory home;
    Records records = *Records::open(*open_database(home.path()));
    const auto size = [&] { return std::filesystem::file_size(home / "tided.db"); };
    const auto write = [&](char letter) {
        Batch batch;
        batch.facts["long"] = std::string(8U << 20, letter);
        REQUIRE(records.begin(Durability::tick));
        REQUIRE(records.write(batch, at(0)));
        REQUIRE(records.commit());
    };
    const auto small = size();
    records.checkpoint();
    write('a');
    CHECK(size() == small);
    records.checkpoint();
    CHECK(size() > 8U << 20);
    for (const char letter : {'b', 'c', 'd'}) {
        write(letter);
        records.checkpoint();
    }
    CHECK(std::filesystem::file_size(home / "tided.db-wal") < 3 * (8U << 20));
    CHECK(records.read_snapshot()->facts.at("long").front() == 'd');
}
