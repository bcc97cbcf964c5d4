// Window: what goes in comes out, to the bit, whatever the values and the instants.
#include "metrics/window.h"

#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "metrics/store.h"

using namespace tided;
using namespace tided::metrics;

namespace {

constexpr std::int64_t for_ever = std::numeric_limits<std::int64_t>::min() / 2;

struct Shape {
    std::string name;
    std::function<double(std::mt19937_64&, double)> next;  ///< from the value before
    double bits = 0;  ///< a sample costs at most, at an even interval
};

double ratio(std::mt19937_64& random) {
    return static_cast<double>(random() % 1'000'003) / 999'983.0;
}

std::vector<Shape> shapes() {
    using Random = std::mt19937_64;
    return {
        {"constant", [](Random&, double) { return 42.5; }, 3},
        {"even counter", [](Random&, double v) { return v + 17; }, 5},
        {"counter", [](Random& r, double v) { return v + static_cast<double>(r() % 10); }, 13},
        {"cents",
         [](Random& r, double v) { return std::round(v * 100 + double(r() % 9)) / 100; },
         13},
        {"gauge", [](Random& r, double) { return static_cast<double>(r() % 100); }, 15},
        {"bytes", [](Random& r, double) { return 4e9 + 4096.0 * double(r() % 1000); }, 24},
        {"random", [](Random& r, double) { return ratio(r); }, 71},
        {"any bits", [](Random& r, double) { return std::bit_cast<double>(r()); }, 90},
        {"mixed",
         [](Random& r, double v) {
             const std::vector<double> odd{stale_marker(),
                                           std::nan(""),
                                           -0.0,
                                           0.0,
                                           std::numeric_limits<double>::infinity(),
                                           5e-324,
                                           1e308,
                                           9007199254740993.0,
                                           -1.0 / 3,
                                           0.000000001,
                                           v + 1,
                                           v};
             return odd[r() % odd.size()];
         },
         90},
    };
}

std::vector<Window::Entry> read(const Window& window, std::int64_t first_ms) {
    std::vector<Window::Entry> entries;
    Window::Reader reader{window, first_ms};
    while (const auto entry = reader.next()) {
        entries.push_back(*entry);
    }
    return entries;
}

void check_same(const std::vector<Window::Entry>& read, const std::vector<Window::Entry>& written) {
    REQUIRE(read.size() == written.size());
    for (std::size_t i = 0; i < read.size(); ++i) {
        REQUIRE(read[i].at_ms == written[i].at_ms);
        REQUIRE(std::bit_cast<std::uint64_t>(read[i].value) ==
                std::bit_cast<std::uint64_t>(written[i].value));
    }
}

std::vector<Window::Entry> series(const Shape& shape, int count, bool even, std::uint64_t seed) {
    std::mt19937_64 random{seed};
    std::vector<Window::Entry> entries;
    std::int64_t at = 1'700'000'000'000;
    double value = 1000;
    for (int i = 0; i < count; ++i) {
        value = shape.next(random, value);
        entries.push_back({.at_ms = at, .value = value});
        const auto irregular = static_cast<std::int64_t>(random() % 200);
        const std::int64_t gap = random() % 50 == 0 ? 3'000'000'000LL : 1;
        at += even ? 5000 : 1 + irregular * gap;
    }
    return entries;
}

}  // namespace

TEST_CASE("window: samples of every shape come back to the bit") {
    for (const Shape& shape : shapes()) {
        for (const bool even : {true, false}) {
            CAPTURE(shape.name);
            CAPTURE(even);
            const auto written = series(shape, 2000, even, 3);
            Window window;
            for (const Window::Entry& entry : written) {
                window.push(entry, for_ever);
            }
            CHECK(window.size() == written.size());
            check_same(read(window, for_ever), written);
        }
    }
}

TEST_CASE("window: a sample costs few bits at an even interval") {
    for (const Shape& shape : shapes()) {
        CAPTURE(shape.name);
        Window window;
        for (const Window::Entry& entry : series(shape, 2400, true, 5)) {
            window.push(entry, for_ever);
        }
        const double plain_starts = 20.0 * 8 / 240;
        CHECK(static_cast<double>(window.bytes()) * 8 / 2400 < (shape.bits + plain_starts) * 1.3);
    }
}

TEST_CASE("window: reading may begin at any instant") {
    const auto written = series(shapes()[2], 600, false, 8);
    Window window;
    for (const Window::Entry& entry : written) {
        window.push(entry, for_ever);
    }
    for (std::size_t i = 0; i < written.size(); i += 7) {
        for (const std::int64_t shift : {-1, 0, 1}) {
            const std::int64_t first = written[i].at_ms + shift;
            std::vector<Window::Entry> rest;
            for (const Window::Entry& entry : written) {
                if (entry.at_ms >= first) {
                    rest.push_back(entry);
                }
            }
            check_same(read(window, first), rest);
            const auto latest = window.latest(first);
            const std::size_t before = written.size() - rest.size();
            const bool hit = !rest.empty() && rest.front().at_ms == first;
            if (before + (hit ? 1 : 0) == 0) {
                CHECK_FALSE(latest.has_value());
            } else {
                REQUIRE(latest.has_value());
                CHECK(latest->at_ms == written[before - (hit ? 0 : 1)].at_ms);
            }
        }
    }
}

TEST_CASE("window: it holds its retention, a quarter more at most, and no more memory") {
    constexpr std::int64_t retention = 300'000;
    const auto written = series(shapes()[2], 5000, true, 9);
    Window window;
    std::size_t most = 0;
    for (const Window::Entry& entry : written) {
        window.push(entry, entry.at_ms - retention);
        const auto held = read(window, entry.at_ms - retention);
        const auto expected = std::min<std::size_t>(
            static_cast<std::size_t>(&entry - written.data()) + 1, retention / 5000 + 1);
        REQUIRE(held.size() == expected);
        most = std::max(most, window.bytes());
    }
    CHECK(window.size() <= 61 + 2 * 16);
    CHECK(most <= 320);
}

TEST_CASE("window: nothing is read of an empty one, nor past the newest") {
    Window window;
    CHECK(read(window, for_ever).empty());
    CHECK_FALSE(window.latest(0).has_value());
    window.push({.at_ms = 5, .value = 1}, for_ever);
    CHECK(read(window, 6).empty());
    CHECK_FALSE(window.latest(4).has_value());
    CHECK(window.latest(99)->value == 1);
}
