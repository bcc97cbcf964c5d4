// MemoryWindow and Meter: which samples count, and what they change in the histogram of peaks.
#include "policy/vpa/memory_window.h"

#include <limits>
#include <string>

#include <doctest/doctest.h>

#include "policy/vpa/meter.h"

namespace {

using namespace tided;
using namespace tided::policy::vpa;
using namespace std::chrono_literals;

const TimePoint start = from_unix_seconds(1'767'571'200);
constexpr Bytes mib{1 << 20};

constexpr Bytes mebibytes(std::int64_t n) {
    return {n * mib.count};
}

constexpr IntakeRules rules{};

PeakChange replaced(Bytes before, Bytes now, TimePoint end) {
    return {.subtract = before, .add = now, .at = end};
}

PeakChange opened(Bytes peak, TimePoint end) {
    return {.add = peak, .at = end};
}

TEST_CASE("window: the first sample opens it, a higher one replaces the peak at its end") {
    MemoryWindow window;
    const TimePoint end = start + 24h;
    CHECK(take(window, MemorySample{start, mebibytes(300)}, rules) == opened(mebibytes(300), end));
    CHECK(take(window, MemorySample{start + 1h, mebibytes(200)}, rules) == PeakChange{.at = end});
    CHECK(take(window, MemorySample{start + 2h, mebibytes(500)}, rules) ==
          replaced(mebibytes(300), mebibytes(500), end));
}

TEST_CASE("window: the end is not in it, and windows without samples are skipped") {
    MemoryWindow window;
    REQUIRE(take(window, MemorySample{start, mebibytes(300)}, rules));
    CHECK(take(window, MemorySample{start + 24h, mebibytes(1)}, rules) ==
          opened(mebibytes(1), start + 48h));
    CHECK(take(window, MemorySample{start + 100h, mebibytes(2)}, rules) ==
          opened(mebibytes(2), start + 120h));
}

TEST_CASE("window: a first peak of 0 takes no other") {
    MemoryWindow window;
    REQUIRE(take(window, MemorySample{start, Bytes{0}}, rules));
    CHECK(take(window, MemorySample{start + 1h, mebibytes(700)}, rules) ==
          PeakChange{.at = start + 24h});
}

TEST_CASE("window: older and negative samples are refused, an equal instant is not") {
    MemoryWindow window;
    REQUIRE(take(window, MemorySample{start, mebibytes(1)}, rules));
    CHECK(take(window, MemorySample{start, mebibytes(2)}, rules));
    CHECK_FALSE(take(window, MemorySample{start - 1ms, mebibytes(3)}, rules));
    CHECK_FALSE(take(window, MemorySample{start + 1h, Bytes{-1}}, rules));
    CHECK(window.peak() == mebibytes(2));
}

TEST_CASE("kill: the request, or what was used, with 20 % or 100 MiB on top") {
    const struct {
        std::string name;
        Bytes used;
        Bytes request;
        Bytes needed;
    } rows[] = {{"100 MiB is more", mebibytes(10), mebibytes(50), mebibytes(150)},
                {"20 % is more", mebibytes(10), mebibytes(1000), mebibytes(1200)},
                {"more was used than requested", mebibytes(2000), Bytes{0}, mebibytes(2400)},
                {"nothing is known", Bytes{0}, Bytes{0}, mebibytes(100)}};
    for (const auto& row : rows) {
        INFO(row.name);
        MemoryWindow window;
        if (row.used != Bytes{}) {
            REQUIRE(take(window, MemorySample{start, row.used}, rules));
        }
        REQUIRE(take(window, OutOfMemory{start + 1h, row.request}, rules));
        CHECK(window.oom_peak == row.needed);
    }
}

TEST_CASE("kill: peaks that kills made do not raise the next one") {
    MemoryWindow window;
    REQUIRE(take(window, OutOfMemory{start, mebibytes(1000)}, rules));
    CHECK(window.oom_peak == mebibytes(1200));
    CHECK(take(window, OutOfMemory{start + 1min, mebibytes(1000)}, rules) ==
          PeakChange{.at = start + 24h});
    CHECK(window.oom_peak == mebibytes(1200));
}

TEST_CASE("kill: refused when more than an interval late; else it turns the clock back") {
    MemoryWindow window;
    REQUIRE(take(window, MemorySample{start + 48h, mebibytes(1)}, rules));
    CHECK_FALSE(take(window, OutOfMemory{start + 24h - 1ms, mebibytes(1)}, rules));
    CHECK(take(window, OutOfMemory{start + 24h, mebibytes(1)}, rules));
    CHECK(take(window, MemorySample{start + 25h, mebibytes(9)}, rules));
}

TEST_CASE("kill: the largest request there is does not overflow") {
    MemoryWindow window;
    REQUIRE(take(window, OutOfMemory{start, {std::numeric_limits<std::int64_t>::max()}}, rules));
    CHECK(window.oom_peak.count == std::numeric_limits<std::int64_t>::max());
}

TEST_CASE("meter: CPU must be later than the last sample, and not negative") {
    Meter meter;
    History history{Settings{}};
    CHECK(take(meter, history, CpuSample{start, {100}}, rules) == Verdict::taken);
    CHECK(take(meter, history, CpuSample{start, {900}}, rules) == Verdict::outdated);
    CHECK(take(meter, history, CpuSample{start - 1h, {900}}, rules) == Verdict::outdated);
    CHECK(take(meter, history, CpuSample{start + 1h, {-1}}, rules) == Verdict::negative);
    CHECK(take(meter, history, CpuSample{start + 1ms, {0}}, rules) == Verdict::taken);
    CHECK(history.samples() == 2);
    CHECK(history.last_sample() == start + 1ms);
}

TEST_CASE("meter: CPU used while a container starts does not count, its memory does") {
    Meter meter{.started = start};
    History history{Settings{}};
    CHECK(take(meter, history, CpuSample{start + 119s, {4000}}, rules) == Verdict::starting);
    CHECK(take(meter, history, MemorySample{start + 119s, mib}, rules) == Verdict::taken);
    CHECK(history.samples() == 0);
    CHECK_FALSE(history.days()[0].memory.is_empty());
    CHECK(take(meter, history, CpuSample{start + 120s, {400}}, rules) == Verdict::taken);
}

TEST_CASE("meter: strictly, and where the start is not known, all CPU counts") {
    Meter known{.started = start};
    Meter unknown;
    History history{Settings::strict()};
    const IntakeRules strict = Settings::strict().intake;
    CHECK(take(known, history, CpuSample{start, {4000}}, strict) == Verdict::taken);
    CHECK(take(unknown, history, CpuSample{start, {4000}}, rules) == Verdict::taken);
}

TEST_CASE("meter: peaks stay with the class of the day that opened their window") {
    Meter meter;
    History history{Settings{}};
    const MemorySample friday{start, mebibytes(100), DayClass::workday};
    const MemorySample saturday{start + 10h, mebibytes(900), DayClass::rest_day};
    const MemorySample later{start + 24h, mebibytes(50), DayClass::rest_day};
    for (const MemorySample& sample : {friday, saturday, later}) {
        CHECK(take(meter, history, sample, rules) == Verdict::taken);
    }
    CHECK(history.of(DayClass::workday).memory.weights().total() == doctest::Approx(1.0));
    CHECK(history.of(DayClass::workday).memory.percentile(1.0) > 900e6);
    CHECK(history.of(DayClass::rest_day).memory.percentile(1.0) < 100e6);
}

}  // namespace
