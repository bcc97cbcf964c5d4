// Checkpoints: what is written is read, what is broken is told.
#include "actuators/process_pool/checkpoint.h"

#include <array>

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::actuators;

TEST_CASE("checkpoint: reads what it writes") {
    const PoolCheckpoint saved{
        .wanted = Replicas{3},
        .begun = Replicas{2},
        .keep = true,
        .children = {{.index = 0,
                      .id = {.pid = 4711, .start_ticks = 18446744073709551615ULL, .boot = "b"},
                      .phase = Phase::ready,
                      .made = 18446744073709551615ULL},
                     {.index = 7,
                      .id = {.pid = 1, .start_ticks = 2, .boot = ""},
                      .phase = Phase::stopping}}};
    const std::string text = write_checkpoint(saved);
    CHECK(text ==
          R"({"version":1,"wanted":3,"begun":2,"keep":true,"children":[{"index":0,"pid":4711,)"
          R"("start_ticks":18446744073709551615,"boot":"b","phase":"ready",)"
          R"("made":"18446744073709551615"},)"
          R"({"index":7,"pid":1,"start_ticks":2,"boot":"","phase":"stopping","made":"0"}]})");
    CHECK(read_checkpoint(text).value() == saved);
}

TEST_CASE("checkpoint: says why it cannot be read") {
    const auto child = [](const std::string& members) {
        return R"({"version":1,"wanted":3,"keep":true,"children":[{)" + members + "}]}";
    };
    struct Row {
        std::string text;
        const char* why;
    };
    const char* const broken_child = "child 0 of the list is incomplete or there twice";
    const std::array<Row, 10> rows{{
        {"", "it is not a JSON object"},
        {"{\"version\":1,", "it is not a JSON object"},
        {"[]", "it is not a JSON object"},
        {R"({"version":2})", "its version is not 1"},
        {R"({"version":1,"wanted":-1,"keep":true})", "'wanted' or 'keep' is missing"},
        {R"({"version":1,"wanted":1,"begun":"x","keep":true})", "'begun' is no count"},
        {R"({"version":1,"wanted":1,"keep":true})", "'children' is not a list"},
        {child(R"("index":0,"pid":1,"start_ticks":1,"boot":"b")"), broken_child},
        {child(R"("index":0,"pid":0,"start_ticks":1,"boot":"b","phase":"ready")"), broken_child},
        {child(R"("index":0,"pid":1,"start_ticks":1,"boot":"b","phase":"waiting")"), broken_child},
    }};
    for (const Row& row : rows) {
        INFO(row.text);
        const auto read = read_checkpoint(row.text);
        REQUIRE_FALSE(read.has_value());
        CHECK(read.error().code == ErrorCode::corrupt);
        CHECK(read.error().message ==
              std::string{"the saved state of the pool cannot be read: "} + row.why);
    }
}
