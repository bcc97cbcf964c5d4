// One metric's answer: details that decide the last digit, and the two departures of the default
// profile. The bulk is in the golden data (ctest golden_hpa).
#include "policy/hpa/replicas.h"

#include <algorithm>
#include <limits>

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::policy;
using namespace std::chrono_literals;

namespace {

constexpr TimePoint now = TimePoint{} + 1'800'000'000s;
constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

/// Pods of one container each, asking for 1000 milli, all of them old and ready.
class Workload {
public:
    Workload& pod(std::optional<std::int64_t> usage, std::optional<std::int64_t> request = 1'000) {
        amounts_.push_back({{.container = "main", .milli = usage}});
        requests_.push_back({{.container = "main", .milli = request}});
        usages_.push_back(usage.has_value());
        return *this;
    }
    Workload& pods(int count, std::int64_t usage) {
        for (int i = 0; i < count; ++i) {
            pod(usage);
        }
        return *this;
    }
    Workload& unready(std::int64_t usage) {
        pod(usage);
        unready_.push_back(usages_.size() - 1);
        return *this;
    }
    Workload& stranger(std::int64_t usage) {
        stranger_amounts_.push_back({{.container = "main", .milli = usage}});
        return *this;
    }

    [[nodiscard]] hpa::Answer ask(const hpa::Goal& goal,
                                  std::int32_t asked,
                                  Profile profile = Profile::kubernetes_1_37) const {
        std::vector<Pod> pods;
        for (std::size_t i = 0; i < usages_.size(); ++i) {
            const bool is_unready = std::ranges::find(unready_, i) != unready_.end();
            Pod pod{.ready = is_unready ? Readiness::no : Readiness::yes,
                    .started = is_unready ? now - 1min : now - 1h,
                    .ready_since = now - 1min,
                    .requests = requests_[i]};
            if (usages_[i]) {
                pod.usage = PodUsage{.containers = amounts_[i], .at = now, .window = 15s};
            }
            pods.push_back(pod);
        }
        std::vector<PodUsage> strangers;
        for (const auto& amounts : stranger_amounts_) {
            strangers.push_back({.containers = amounts, .at = now});
        }
        return ask_pods({.pods = pods, .strangers = strangers},
                        {.rules = hpa::rules_of(profile), .now = now, .is_cpu = true},
                        goal,
                        {asked});
    }

private:
    std::vector<std::vector<ContainerAmount>> amounts_;
    std::vector<std::vector<ContainerAmount>> requests_;
    std::vector<std::vector<ContainerAmount>> stranger_amounts_;
    std::vector<bool> usages_;
    std::vector<std::size_t> unready_;
};

hpa::Goal utilization(std::int64_t percent) {
    return {.kind = TargetKind::utilization, .amount = percent};
}

hpa::Goal average(std::int64_t milli) {
    return {.kind = TargetKind::average_value, .amount = milli};
}

}  // namespace

TEST_CASE("hpa tolerance: a ratio of exactly 1.1 scaled in 1.28, changes nothing since") {
    const Tolerance tenth{};
    CHECK(hpa::is_within(1.1, tenth, hpa::rules_of(Profile::kubernetes_1_37)));
    CHECK_FALSE(hpa::is_within(1.1, tenth, hpa::rules_of(Profile::kubernetes_1_28)));
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK_FALSE(hpa::is_within(nan, tenth, hpa::rules_of(Profile::kubernetes_1_37)));
    CHECK_FALSE(hpa::is_within(nan, tenth, hpa::rules_of(Profile::kubernetes_1_28)));
}

TEST_CASE("hpa tolerance: decimal digits times a power of ten, noise included") {
    CHECK(hpa::as_quantity(0.01) == 0.01);
    CHECK(hpa::as_quantity(0.3) == 3 * 0.1);
    CHECK(hpa::as_quantity(0.3) != 0.3);
    CHECK(hpa::as_quantity(0.0) == 0.0);
    CHECK(hpa::as_quantity(1.5) == 15 * 0.1);
    CHECK(hpa::as_quantity(12.0) == 12.0);
}

TEST_CASE("hpa quantities: milli-units rounded up, binary noise left alone, ends held") {
    CHECK(hpa::milli_of(0.1) == 100);
    CHECK(hpa::milli_of(1.1) == 1'100);
    CHECK(hpa::milli_of(0.0001) == 1);
    CHECK(hpa::milli_of(1.0001) == 1'001);
    CHECK(hpa::milli_of(-1.0005) == -1'000);
    CHECK(hpa::milli_of(1e30) == largest);
    CHECK(hpa::milli_of(-1e30) == -largest - 1);
    CHECK(hpa::milli_of(std::numeric_limits<double>::infinity()) == largest);
    CHECK(hpa::milli_of(std::numeric_limits<double>::quiet_NaN()) == 0);
}

TEST_CASE("hpa utilization: whole percents, so that 0.99 % is nothing") {
    const hpa::Answer answer = Workload{}.pods(4, 9).ask(utilization(50), 4);
    CHECK(answer.utilization == 0);
    CHECK(answer.average == 9);
    CHECK(answer.replicas.count == 0);
}

TEST_CASE("hpa utilization: unready pods are dropped on the way down, idle on the way up") {
    Workload down;
    down.pods(3, 300).unready(10).unready(10);
    CHECK(down.ask(utilization(50), 5).replicas.count == 2);  // ceil(0.6 * 3)
    Workload up;
    up.pods(3, 900).unready(10).unready(10);
    CHECK(up.ask(utilization(50), 5).replicas.count == 5);  // (2700 + 0) / 5000 = 54 %: within
}

TEST_CASE("hpa utilization: missing pods are full on the way down, idle on the way up") {
    Workload down;
    down.pods(3, 200).pod(std::nullopt);
    const hpa::Answer held = down.ask(utilization(50), 4);
    CHECK(held.utilization == 20);    // reported as it was before
    CHECK(held.replicas.count == 4);  // (600 + 1000) / 4000 = 40 %: 0.8 * 4 rounded up
    Workload up;
    up.pods(3, 800).pod(std::nullopt);
    CHECK(up.ask(utilization(50), 4).replicas.count == 5);  // 2400 / 4000 = 60 %: 1.2 * 4
}

TEST_CASE("hpa averages: samples of no pod count, in a utilization they do not") {
    Workload workload;
    workload.pods(2, 500).stranger(2'000);
    CHECK(workload.ask(average(500), 2).average == 1'000);
    CHECK(workload.ask(utilization(50), 2).utilization == 50);
}

TEST_CASE("hpa metric without use: the reason, in the order in which upstream finds it") {
    CHECK(Workload{}.ask(utilization(50), 1).absence == Absence::no_samples);
    CHECK(Workload{}.stranger(1).ask(average(50), 1).absence == Absence::no_pods);
    CHECK(Workload{}.unready(100).ask(utilization(50), 1).absence == Absence::no_ready_samples);
    CHECK(Workload{}.pod(100, 0).ask(utilization(50), 1).absence == Absence::no_requests);
    Workload lacking;
    lacking.pods(2, 500).pod(500, std::nullopt);
    CHECK(lacking.ask(utilization(50), 3).absence == Absence::request_missing);
}

TEST_CASE("default profile: a container without a request leaves its pod out, no more") {
    Workload lacking;
    lacking.pods(2, 900).pod(900, std::nullopt);
    const hpa::Answer answer = lacking.ask(utilization(50), 3, Profile::standard);
    CHECK(answer.absence == Absence::none);
    CHECK(answer.utilization == 90);
    CHECK(answer.replicas.count == 6);  // ceil(1.8 * 3)
    CHECK(Workload{}.pod(900, std::nullopt).ask(utilization(50), 1, Profile::standard).absence ==
          Absence::no_requests);
}

TEST_CASE("default profile: an overloaded workload whose pods are not created yet never shrinks") {
    Workload workload;
    workload.pods(4, 700);
    CHECK(workload.ask(utilization(50), 10).replicas.count == 6);  // ceil(1.4 * 4), upstream
    CHECK(workload.ask(utilization(50), 10, Profile::standard).replicas.count == 10);
}

TEST_CASE("hpa saturation: sums, products and counts end at their type's end") {
    Workload huge;
    huge.pod(largest).pod(largest);
    CHECK(huge.ask(average(1), 2).replicas.count == std::numeric_limits<std::int32_t>::max());
    CHECK(huge.ask(utilization(1), 2).utilization == std::numeric_limits<std::int32_t>::max());
    CHECK(hpa::saturated_sum(-largest, -largest) == -largest - 1);
    CHECK(hpa::share_of(largest, {3}) == largest);
    CHECK(hpa::share_of(1'000, {3}) == 334);
    CHECK(hpa::share_of(1'000, {0}) == 0);
}

TEST_CASE("hpa average of a total: near the target the count is what is present, not asked for") {
    const hpa::Rules& rules = hpa::rules_of(Profile::kubernetes_1_37);
    const hpa::Answer near = hpa::ask_average(10'400, average(1'000), {10}, rules);
    CHECK(near.is_within);
    CHECK(near.replicas.count == 10);
    CHECK(hpa::ask_average(0, average(1'000), {0}, rules).replicas.count == 0);
    CHECK(hpa::ask_average(1, average(1'000), {0}, rules).replicas.count == 1);
}

TEST_CASE("hpa value: counted from ready pods, from zero without tolerance") {
    const hpa::Rules& rules = hpa::rules_of(Profile::kubernetes_1_37);
    const hpa::Goal goal{.kind = TargetKind::value, .amount = 1'000};
    const auto ask = [&](std::int64_t value, const Observed& observed) {
        return hpa::ask_value(value, goal, observed, rules);
    };
    CHECK(ask(1'050, {.replicas = {0}}).replicas.count == 2);
    CHECK(ask(2'000, {.replicas = {5}, .present = {5}, .ready = {3}}).replicas.count == 6);
    CHECK(ask(2'000, {.replicas = {5}, .present = {5}}).replicas.count == 0);
    CHECK(ask(2'000, {.replicas = {5}}).absence == Absence::no_pods);
}
