// Ledger: keys, merging, collection, and what a restart keeps in either form.
#include "policy/vpa/ledger.h"

#include <cmath>
#include <limits>
#include <random>

#include <doctest/doctest.h>

namespace {

using namespace tided;
using namespace tided::policy::vpa;
using namespace std::chrono_literals;

const TimePoint start = from_unix_seconds(1'767'571'200);
const InstanceId pod{"default", "p0"};

bool all(const HistoryKey& /*key*/) {
    return true;
}

Appearance seen(const char* hash, std::vector<std::string> containers = {"main"}) {
    return {.labels = {{"hash", hash}}, .containers = std::move(containers), .at = start};
}

void sample(Ledger& ledger, const InstanceId& id, const char* container, TimePoint at) {
    Ledger::Container* found = ledger.find(id, container);
    REQUIRE(found != nullptr);
    REQUIRE(ledger.take(*found, CpuSample{.at = at, .usage = {500}}) == Verdict::taken);
}

std::int64_t samples_of(Ledger& ledger, const char* container) {
    const ByContainer merged = ledger.merged(&all, DayClass::workday);
    const auto found = merged.find(container);
    return found == merged.end() ? -1 : found->second.samples;
}

TEST_CASE("ledger: the histories of all keys of a container name are merged") {
    Ledger ledger{Settings::strict()};
    ledger.put(pod, seen("1"));
    ledger.put({"default", "p1"}, seen("2"));
    sample(ledger, pod, "main", start);
    sample(ledger, {"default", "p1"}, "main", start + 24h);
    const ByContainer merged = ledger.merged(&all, DayClass::workday);
    REQUIRE(merged.size() == 1);
    const Aggregate& main = merged.begin()->second;
    CHECK(main.samples == 2);
    CHECK(main.first_sample == start);
    CHECK(main.last_sample == start + 24h);
    const auto first_only = [](const HistoryKey& key) { return key.labels[0].value == "1"; };
    CHECK(ledger.merged(first_only, DayClass::workday).begin()->second.samples == 1);
}

TEST_CASE("ledger: a container in sight is known before it is sampled") {
    Ledger ledger{Settings::strict()};
    ledger.put(pod, seen("1"));
    CHECK(samples_of(ledger, "main") == 0);
    CHECK(samples_of(ledger, "other") == -1);
    CHECK(ledger.find(pod, "other") == nullptr);
    CHECK(ledger.find({"default", "nobody"}, "main") == nullptr);
}

TEST_CASE("ledger: a container that is started again starts up again") {
    Ledger ledger{Settings{}};
    Appearance appearance = seen("1");
    appearance.started = start;
    ledger.put(pod, appearance);
    const auto taken = [&](TimePoint at) {
        return ledger.take(*ledger.find(pod, "main"), CpuSample{at, {500}});
    };
    CHECK(taken(start + 1min) == Verdict::starting);
    CHECK(taken(start + 2min) == Verdict::taken);
    appearance.started = start + 1h;
    ledger.put(pod, appearance);
    CHECK(taken(start + 61min) == Verdict::starting);
    appearance.started = never;
    ledger.put(pod, appearance);
    CHECK(taken(start + 62min) == Verdict::taken);
}

TEST_CASE("ledger: with other labels samples go to another history") {
    Ledger ledger{Settings::strict()};
    ledger.put(pod, seen("1"));
    sample(ledger, pod, "main", start);
    ledger.put(pod, seen("2"));
    sample(ledger, pod, "main", start + 1min);
    CHECK(ledger.histories() == 2);
    CHECK(samples_of(ledger, "main") == 2);
}

TEST_CASE("ledger: a removed instance leaves its history, a renamed container its share") {
    Ledger ledger{Settings::strict()};
    ledger.put(pod, seen("1"));
    sample(ledger, pod, "main", start);
    ledger.put(pod, seen("1", {"renamed"}));
    ledger.remove(pod);
    CHECK(ledger.find(pod, "main") == nullptr);
    CHECK(samples_of(ledger, "main") == 1);
    CHECK(samples_of(ledger, "renamed") == 0);
}

TEST_CASE("collection: what has no samples goes with its last instance") {
    Ledger ledger{Settings::strict()};
    ledger.put(pod, seen("1"));
    ledger.collect(start + 1h);
    CHECK(ledger.histories() == 1);
    ledger.remove(pod);
    ledger.collect(start + 2h - 1ms);  // at most hourly
    CHECK(ledger.histories() == 1);
    ledger.collect(start + 2h);
    CHECK(ledger.histories() == 0);
}

TEST_CASE("collection: after 8 days without CPU samples, or without any since the start") {
    for (const bool is_sampled : {false, true}) {
        INFO(is_sampled);
        Ledger ledger{Settings::strict()};
        ledger.put(pod, seen("1"));
        TimePoint last = start;
        if (is_sampled) {
            last = start + 5h;
            sample(ledger, pod, "main", last);
        }
        ledger.collect(last + 8 * 24h - 1h);
        CHECK(ledger.histories() == 1);
        ledger.collect(last + 8 * 24h);
        CHECK(ledger.histories() == 0);
    }
}

TEST_CASE("collection: a sample afterwards begins from nothing, a refused one does not") {
    Ledger ledger{Settings::strict()};
    ledger.put(pod, seen("1"));
    sample(ledger, pod, "main", start);
    ledger.collect(start + 9 * 24h);
    Ledger::Container& main = *ledger.find(pod, "main");
    CHECK(ledger.take(main, CpuSample{.at = start, .usage = {1}}) == Verdict::outdated);
    CHECK(samples_of(ledger, "main") == -1);
    sample(ledger, pod, "main", start + 9 * 24h);
    CHECK(samples_of(ledger, "main") == 1);
}

TEST_CASE("ledger: a container's policy has its own interval") {
    Settings settings = Settings::strict();
    settings.containers = {{.container = "main", .interval = 1h, .intervals = 2}};
    Ledger ledger{settings};
    ledger.put(pod, seen("1"));
    Ledger::Container& main = *ledger.find(pod, "main");
    CHECK(ledger.take(main, MemorySample{start, {1000}}) == Verdict::taken);
    CHECK(main.meter().memory.end == start + 1h);
    sample(ledger, pod, "main", start);
    ledger.collect(start + 2h);
    CHECK(ledger.histories() == 0);
}

// ---- what a restart keeps ----

Ledger lived(Settings settings) {
    Ledger ledger{std::move(settings)};
    ledger.put(pod, seen("1", {"main", "side"}));
    std::mt19937 random{1};
    std::uniform_int_distribution<std::int64_t> usage{1, 3000};
    for (int i = 0; i < 500; ++i) {
        const TimePoint at = start + i * 7min + 13ms;
        const DayClass day = i % 5 == 0 ? DayClass::rest_day : DayClass::workday;
        for (const char* name : {"main", "side"}) {
            Ledger::Container& container = *ledger.find(pod, name);
            ledger.take(container, CpuSample{at, {usage(random)}, day});
            ledger.take(container, MemorySample{at, {usage(random) * 1'000'000}, day});
        }
    }
    return ledger;
}

TEST_CASE("snapshot: a round trip is exact, open windows included") {
    const Ledger before = lived(Settings{});
    const Snapshot snapshot = before.snapshot();
    auto after = Ledger::restored(Settings{}, snapshot, start + 100h);
    REQUIRE(after);
    CHECK(after->snapshot() == snapshot);
    CHECK(after->find(pod, "main")->meter().memory.peak() > Bytes{});
    const auto recommended = recommend(after->merged(&all, DayClass::workday), Settings{});
    Ledger original = lived(Settings{});
    const ByContainer merged = original.merged(&all, DayClass::workday);
    CHECK(recommended.size() == 2);
    CHECK(recommend(merged, Settings{})[0].target == recommended[0].target);
}

TEST_CASE("snapshot: the day after a restart is as if there had been none") {
    Ledger through = lived(Settings{});
    auto restarted = Ledger::restored(Settings{}, through.snapshot(), start + 58h);
    REQUIRE(restarted);
    const MemorySample higher{start + 60h, {2'990'000'000}};
    CHECK(through.take(*through.find(pod, "main"), higher) == Verdict::taken);
    CHECK(restarted->take(*restarted->find(pod, "main"), higher) == Verdict::taken);
    CHECK(restarted->snapshot() == through.snapshot());
}

TEST_CASE("snapshot: what cannot be a histogram is refused") {
    Snapshot snapshot = lived(Settings{}).snapshot();
    auto& weights = snapshot.entries[0].history[0].cpu.weights;
    SUBCASE("a negative weight") {
        weights.weights[0] = -1.0;
    }
    SUBCASE("a weight that is not finite") {
        weights.weights[0] = std::nan("");
    }
    SUBCASE("a range beyond the stored buckets") {
        weights.max = 175;
    }
    SUBCASE("more buckets than there are") {
        weights.first = 170;
    }
    const auto restored = Ledger::restored(Settings{}, snapshot, start);
    REQUIRE_FALSE(restored);
    CHECK(restored.error().message ==
          "history of main: CPU histogram: bounds, weights or half-life cannot be a histogram's");
}

TEST_CASE("snapshot: another half-life and days together keep what was learned") {
    Settings settings;
    settings.separate_days = false;
    settings.cpu.half_life = 48h;
    Ledger before = lived(Settings{});
    auto after = Ledger::restored(settings, before.snapshot(), start + 60h);
    REQUIRE(after);
    CHECK(samples_of(*after, "main") == 500);
    const auto p = [](Ledger& ledger) {
        return ledger.checkpoints(&all, start + 60h).at("main").cpu_histogram.bucket_weights;
    };
    CHECK(p(*after) == p(before));
}

TEST_CASE("checkpoint: normalised to 10000, whole seconds, without the open window's peak") {
    Ledger ledger{Settings::strict()};
    ledger.put(pod, seen("1"));
    Ledger::Container& main = *ledger.find(pod, "main");
    for (int i = 0; i < 3; ++i) {
        ledger.take(main, CpuSample{start + i * 1s + 5ms, {i < 2 ? 500 : 2000}});
    }
    ledger.take(main, MemorySample{start, {1'000'000'000}});
    ledger.take(main, MemorySample{start + 24h, {30'000'000}});
    const Checkpoint open = ledger.checkpoints(&all, start + 48h - 1ms).at("main");
    CHECK(open.version == "v3");
    CHECK(open.first_sample_start == start);
    CHECK(open.last_sample_start == start + 2s);
    CHECK(open.total_samples_count == 3);
    CHECK(open.cpu_histogram.bucket_weights ==
          std::map<std::int64_t, std::uint32_t>{{25, 10000}, {49, 5000}});
    CHECK(open.memory_histogram.bucket_weights ==
          std::map<std::int64_t, std::uint32_t>{{36, 10000}});
    const Checkpoint closed = ledger.checkpoints(&all, start + 48h).at("main");
    CHECK(closed.memory_histogram.bucket_weights.size() == 2);
}

TEST_CASE("checkpoint: a round trip loses at most half a 10000th of the largest bucket") {
    Ledger ledger = lived(Settings::strict());
    const Aggregate before = ledger.merged(&all, DayClass::workday).at("main");
    const Checkpoint checkpoint = to_checkpoint(before);
    const auto after = from_checkpoint(checkpoint, Settings::strict());
    REQUIRE(after);
    double largest = 0.0;
    for (std::size_t bucket = 0; bucket < 176; ++bucket) {
        largest = std::max(largest, before.cpu.weights().weight(bucket));
    }
    for (std::size_t bucket = 0; bucket < 176; ++bucket) {
        const double lost =
            before.cpu.weights().weight(bucket) - after->cpu.weights().weight(bucket);
        CHECK(std::abs(lost) <= largest / 10000.0);
    }
    CHECK(after->cpu.weights().total() == before.cpu.weights().total());
    CHECK(after->samples == before.samples);
    CHECK(to_checkpoint(*after).cpu_histogram.bucket_weights.size() ==
          checkpoint.cpu_histogram.bucket_weights.size());
}

TEST_CASE("checkpoint: an empty one brings its reference and nothing else") {
    const auto aggregate =
        from_checkpoint({.memory_histogram = {.total_weight = 5.0, .reference_timestamp = start}},
                        Settings::strict());
    REQUIRE(aggregate);
    CHECK(aggregate->memory.is_empty());
    CHECK(aggregate->memory.weights().total() == 0.0);
    CHECK(aggregate->memory.reference() == start);
}

TEST_CASE("checkpoint: what cannot be read is refused") {
    const struct {
        Checkpoint checkpoint;
        const char* message;
    } rows[] = {{{.version = "v2"}, "checkpoint version \"v2\" is not \"v3\""},
                {{.cpu_histogram = {.bucket_weights = {{176, 1}}}},
                 "CPU histogram: bucket 176 is not one of the 176 buckets"},
                {{.cpu_histogram = {.bucket_weights = {{-1, 1}}}},
                 "CPU histogram: bucket -1 is not one of the 176 buckets"},
                {{.memory_histogram = {.total_weight = -1.0}},
                 "memory histogram: the total weight is negative or not finite"},
                {{.memory_histogram = {.total_weight = std::nan("")}},
                 "memory histogram: the total weight is negative or not finite"},
                {{.memory_histogram = {.total_weight = 1e16, .reference_timestamp = start},
                  .last_sample_start = start},
                 "memory histogram: the total weight is 1e+16 at the last sample, which cannot be"},
                {{.total_samples_count = -1}, "-1 samples cannot be"},
                {{.total_samples_count = std::numeric_limits<std::int64_t>::max()},
                 "9223372036854775807 samples cannot be"}};
    for (const auto& row : rows) {
        const auto aggregate = from_checkpoint(row.checkpoint, Settings::strict());
        REQUIRE_FALSE(aggregate);
        CHECK(aggregate.error().message == row.message);
        CHECK(
            (aggregate.error().code == ErrorCode::invalid_input || row.checkpoint.version == "v2"));
    }
}

TEST_CASE("checkpoint: a total that has grown since its reference is what it was worth then") {
    const auto grown = [](int days) {
        return from_checkpoint({.cpu_histogram = {.bucket_weights = {{25, 1}},
                                                  .total_weight = std::ldexp(150.0, 90),
                                                  .reference_timestamp = start - 24h * days},
                                .last_sample_start = start},
                               Settings::strict());
    };
    CHECK(grown(90).has_value());
    CHECK(grown(40).error().message ==
          "CPU histogram: the total weight is 1.69e+17 at the last sample, which cannot be");
}

TEST_CASE("history: samples are counted up to what can be counted") {
    Aggregate known{Settings::strict()};
    known.samples = std::numeric_limits<std::int64_t>::max() - 1;
    known.add_cpu(start, MilliCpu{500});
    known.add_cpu(start, MilliCpu{500});
    Aggregate more = known;
    known.merge(more);
    CHECK(known.samples == std::numeric_limits<std::int64_t>::max());
    const History both{{known, more}, Settings{}};
    CHECK(both.samples() == std::numeric_limits<std::int64_t>::max());
}

TEST_CASE("restart: what was loaded is merged by name, and counts again at the next one") {
    Ledger ledger{Settings::strict()};
    Aggregate known{Settings::strict()};
    for (int i = 0; i < 3; ++i) {
        known.add_cpu(start + i * 1min, MilliCpu{500});
    }
    ledger.load("main", std::move(known));
    ledger.put(pod, seen("1"));
    sample(ledger, pod, "main", start + 1h);
    CHECK(samples_of(ledger, "main") == 4);
    CHECK(ledger.checkpoints(&all, start + 2h).at("main").total_samples_count == 4);
}

}  // namespace
