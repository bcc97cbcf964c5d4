// Records: rows as they are written, without the store's thread.
#include "daemon/state/records.h"

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
