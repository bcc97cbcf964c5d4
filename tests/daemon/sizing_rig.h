// SizingRig: a Sizing over a fake source that says what the test says.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "daemon/sizing.h"
#include "tests/support/fake_source.h"

namespace tided::daemon {

using namespace std::chrono_literals;

inline constexpr TimePoint monday{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};
inline constexpr double mebi = 1024.0 * 1024.0;

inline config::Vertical rules() {
    config::Vertical rules;
    rules.source = "apps";
    for (std::size_t i = 0; i < config::usages; ++i) {
        rules.queries[i].expression = config::usage_keys[i];
    }
    return rules;
}

/// A sizing of policy web, its fake source, and the time of its next look.
struct SizingRig {
    explicit SizingRig(config::Vertical with = rules())
        : said(with), sizing("web", Shared{with}, {.min = Replicas{1}, .max = Replicas{20}}) {
        std::vector<metrics::Query> queries;
        for (std::size_t i = 0; i < config::usages; ++i) {
            queries.push_back(with.queries[i]);
            questions[i] = i;
        }
        static_cast<void>(source.demand(std::move(queries)));
    }

    void say(const char* usage, std::string pod, double value, Duration age = 0ms) {
        source.elements[usage].push_back({.labels = {{"container", "app"}, {"pod", std::move(pod)}},
                                          .value = value,
                                          .at = now - age});
    }

    void look() {
        sizing.look(source, questions, now);
        source.elements.clear();
        now += 1min;
    }

    /// A look a minute at one instance that uses so much.
    void use(double cores, double bytes, int minutes) {
        for (int i = 0; i < minutes; ++i) {
            say("cpu_usage", "a", cores);
            say("memory_usage", "a", bytes);
            look();
        }
    }

    [[nodiscard]] const ContainerSize& size() const {
        REQUIRE(sizing.view().containers.size() == 1);
        return sizing.view().containers[0];
    }
    [[nodiscard]] policy::joint::Size given() const { return said.joint->given; }
    [[nodiscard]] std::int64_t samples() const {
        return sizing.view().containers.empty() ? 0 : size().samples;
    }

    config::Vertical said;
    Sizing sizing;
    testing::FakeSource source;
    Sizing::Questions questions{};
    TimePoint now = monday;
};

}  // namespace tided::daemon
