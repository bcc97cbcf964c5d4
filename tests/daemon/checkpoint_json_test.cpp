// Checkpoints as Kubernetes has them: read, refused with the place, written, taken over.
#include "daemon/checkpoint_json.h"

#include <doctest/doctest.h>

#include "daemon/sizing.h"

using namespace tided;
using namespace tided::daemon;
using namespace std::chrono_literals;
namespace vpa = tided::policy::vpa;

namespace {

constexpr TimePoint now{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + 10h};

/// As upstream's recommender writes it and kubectl gives it.
const std::string written = R"({
  "apiVersion": "v1",
  "items": [
    {
      "apiVersion": "autoscaling.k8s.io/v1",
      "kind": "VerticalPodAutoscalerCheckpoint",
      "metadata": {
        "creationTimestamp": "2026-11-20T09:12:40Z",
        "generation": 4521,
        "managedFields": [{"manager": "recommender"}],
        "name": "hamster-vpa-hamster",
        "namespace": "default",
        "uid": "5f0c6d1c-6d2a-4a39-9c28-8a0d2d7c8b11"
      },
      "spec": {"containerName": "hamster", "vpaObjectName": "hamster-vpa"},
      "status": {
        "cpuHistogram": {
          "bucketWeights": {"0": 12, "25": 10000, "26": 4000},
          "referenceTimestamp": "2026-11-23T00:00:00Z",
          "totalWeight": 210.5
        },
        "firstSampleStart": "2026-11-20T09:12:31Z",
        "lastSampleStart": "2026-11-23T09:59:31Z",
        "lastUpdateTime": "2026-11-23T10:00:02Z",
        "memoryHistogram": {
          "bucketWeights": {"18": 10000},
          "referenceTimestamp": "2026-11-24T00:00:00Z",
          "totalWeight": 2.25
        },
        "totalSamplesCount": 4366,
        "version": "v3"
      }
    }
  ],
  "kind": "List",
  "metadata": {"resourceVersion": ""}
})";

std::string with(std::string from, const std::string& to) {
    std::string text = written;
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

Sizing sizing() {
    config::Vertical rules;
    rules.queries[0].expression = "cpu";
    return {"web", Shared{rules}, {}};
}

}  // namespace

TEST_CASE("checkpoints: read as upstream writes them, in a list or alone") {
    const auto read = parse_checkpoints(written);
    REQUIRE(read);
    REQUIRE(read->size() == 1);
    const NamedCheckpoint& one = read->front();
    CHECK(one.space == "default");
    CHECK(one.vpa == "hamster-vpa");
    CHECK(one.container == "hamster");
    const vpa::HistogramCheckpoint cpu{.bucket_weights = {{0, 12}, {25, 10000}, {26, 4000}},
                                       .total_weight = 210.5,
                                       .reference_timestamp = TimePoint{now - 10h}};
    CHECK(one.checkpoint.cpu_histogram == cpu);
    CHECK(one.checkpoint.total_samples_count == 4366);
    CHECK(one.checkpoint.last_sample_start == now - 29s);
    const std::size_t begin = written.find("    {");
    const auto alone = parse_checkpoints(written.substr(begin, written.find("\n  ],") - begin));
    REQUIRE(alone);
    CHECK(*alone == *read);
}

TEST_CASE("checkpoints: what is wrong is refused with its place") {
    struct Row {
        std::string text;
        std::string message;
    };
    const std::string deep(40, '[');
    const Row rows[] = {
        {"", "not JSON at 1:1: incomplete JSON"},
        {"{\"items\":[]}", "items: there are no checkpoints"},
        {"[]", "expected an object"},
        {"{\"items\":{}}", "items: expected an array"},
        {"{\"items\":[3]}", "items[0]: expected an object"},
        {"{\"kind\":\"Pod\"}", "kind: expected VerticalPodAutoscalerCheckpoint"},
        {with("\"v3\"", "\"v2\""),
         "items[0].status.version: version \"v2\" is not \"v3\", the one that can be read"},
        {with("210.5", "\"many\""),
         "items[0].status.cpuHistogram.totalWeight: expected a number from 0 up"},
        {with("210.5", "9e999"),
         "items[0].status.cpuHistogram.totalWeight: expected a number from 0 up"},
        {with("\"25\": 10000", "\"25\": -1"),
         "items[0].status.cpuHistogram.bucketWeights: expected whole numbers by the number of "
         "their bucket"},
        {with("\"25\": 10000", "\"x\": 1"),
         "items[0].status.cpuHistogram.bucketWeights: expected whole numbers by the number of "
         "their bucket"},
        {with("\"2026-11-24T00:00:00Z\"", "\"tomorrow\""),
         "items[0].status.memoryHistogram.referenceTimestamp: expected an instant such as "
         "\"2026-11-22T08:00:00Z\""},
        {with("4366", "-3"),
         "items[0].status.totalSamplesCount: expected a whole number from 0 up"},
        {with("4366", "9223372036854775807"),
         "items[0].status.totalSamplesCount: expected at most 9007199254740992"},
        {with("\"containerName\": \"hamster\"", "\"containerName\": \"\""),
         "items[0].spec.containerName: expected a name"},
    };
    for (const Row& row : rows) {
        const auto read = parse_checkpoints(row.text);
        REQUIRE_FALSE(read);
        CHECK(read.error().message == row.message);
    }
    CHECK_FALSE(parse_checkpoints(written.substr(0, 700)));
    CHECK(parse_checkpoints(with("4521,", "4521,,"))
              .error()
              .message.starts_with("not JSON at 9:28: "));
    CHECK_FALSE(parse_checkpoints("{\"items\":" + deep));
    CHECK_FALSE(parse_checkpoints(written + "x"));
}

TEST_CASE(
    "checkpoints: what would outweigh all that is yet to come is refused, and changes nothing") {
    auto read = parse_checkpoints(written);
    REQUIRE(read);
    Sizing web = sizing();
    REQUIRE(web.load(*read, now));
    read->at(0).checkpoint.cpu_histogram.total_weight = 1e308;
    const Status heavy = web.load(*read, now);
    REQUIRE_FALSE(heavy);
    CHECK(heavy.error().message.starts_with(
        "container hamster: CPU histogram: the total weight is "));
    read->at(0).checkpoint.cpu_histogram.bucket_weights = {{900, 1}};
    const Status none = web.load(*read, now);
    REQUIRE_FALSE(none);
    CHECK(none.error().code == ErrorCode::invalid_input);
    CHECK(web.view().containers[0].target.cpu->count == 627);
}

TEST_CASE("checkpoints: what is taken over is estimated from at once, and handed on the same") {
    const auto read = parse_checkpoints(written);
    REQUIRE(read);
    Sizing web = sizing();
    REQUIRE(web.load(*read, now));
    CHECK(web.is_unsaved());
    REQUIRE(web.view().containers.size() == 1);
    CHECK(web.view().containers[0].container == "hamster");
    CHECK(web.view().containers[0].samples == 4366);
    CHECK(web.view().containers[0].target.cpu->count == 627);
    REQUIRE(web.load(*read, now));  // once more: in place of what was loaded before
    const auto handed_on = parse_checkpoints(checkpoints_json(web.checkpoints(now), now));
    REQUIRE(handed_on);
    REQUIRE(handed_on->size() == 1);
    CHECK(handed_on->front().checkpoint == read->front().checkpoint);
    CHECK(handed_on->front().vpa == "web");
}

TEST_CASE("checkpoints: what cannot be a history is refused whole") {
    struct Row {
        std::string text;
        std::string message;
    };
    const Row rows[] = {
        {with("\"25\"", "\"176\""),
         "container hamster: CPU histogram: bucket 176 is not one of the 176 buckets"},
        {with("2026-11-24T00", "2026-11-26T00"),
         "container hamster: 2026-11-26T00:00:00Z lies in the future"},
    };
    for (const Row& row : rows) {
        const auto read = parse_checkpoints(row.text);
        REQUIRE(read);
        Sizing web = sizing();
        const Status loaded = web.load(*read, now);
        REQUIRE_FALSE(loaded);
        CHECK(loaded.error().message == row.message);
        CHECK(web.view().containers.empty());
    }
    auto twice = *parse_checkpoints(written);
    twice.push_back(twice.front());
    Sizing web = sizing();
    CHECK(web.load(twice, now).error().message == "container hamster is there twice");
}
