// Telemetry: whole pages, agreement with tided(8), promtool's opinion.
#include "daemon/telemetry/telemetry.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include <doctest/doctest.h>

#include "metrics/source.h"
#include "tests/support/fake_control.h"
#include "tests/support/temporary_directory.h"

namespace tided::daemon {
namespace {

using testing::FakePolicies;
using testing::policy_view;
using Format = Telemetry::Format;

std::string page_of(Telemetry& telemetry, Format format, const PolicyViews& policies) {
    const auto page = telemetry.page(format, policies);
    std::string text;
    for (std::string chunk = page->next(); !chunk.empty(); chunk = page->next()) {
        text += chunk;
    }
    return text;
}

/// The lines of `text` that begin with `prefix`, joined.
std::string lines_with(const std::string& text, const std::string& prefix) {
    std::istringstream in{text};
    std::string out;
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with(prefix)) {
            out += line + "\n";
        }
    }
    return out;
}

/// Telemetry in which every series exists.
void touch_all(Telemetry& telemetry) {
    telemetry.declare_source("prom");
    telemetry.declare_provider("kapsule");
    telemetry.source_health("prom", {.lanes = 2, .failing = 1, .servers = 2});
    telemetry.targets("apps", 2, 1, false);
    telemetry.discovery("apps", true);
    telemetry.instances("tenants", {.present = 3, .heard = TimePoint{std::chrono::seconds{1}}});
    telemetry.odd_samples("prom", "ahead", 1);
    telemetry.page_over_limit("prom", "sample_limit");
    telemetry.restarts("web", 1);
    telemetry.steps_in_flight(1);
    telemetry.state_backlog(0);
    telemetry.self_partitioned(false);
    telemetry.build("0.1.0", "abc1234");
    telemetry.reload(true, TimePoint{std::chrono::seconds{1'800'000'000}});
    telemetry.set_ready(true);
    telemetry.tick(0.0002);
    telemetry.stall(0.00005);
    telemetry.state_commit(0.003, true);
    telemetry.scrape(
        "prom",
        {.samples = 200, .bytes = 5000, .requests = 2, .took = std::chrono::milliseconds{12}},
        std::chrono::milliseconds{40});
}

TEST_CASE("counters exist at 0 from the start, gauges only once they are known") {
    Telemetry telemetry;
    telemetry.declare_source("prom");
    telemetry.declare_provider("kapsule");
    const std::string page = page_of(telemetry, Format::text_0_0_4, FakePolicies{});
    CHECK(lines_with(page, "tided_scrapes_total") ==
          "tided_scrapes_total{outcome=\"failed\",source=\"prom\"} 0\n"
          "tided_scrapes_total{outcome=\"ok\",source=\"prom\"} 0\n");
    CHECK(lines_with(page, "tided_actions_total") ==
          "tided_actions_total{outcome=\"abandoned\",provider=\"kapsule\"} 0\n"
          "tided_actions_total{outcome=\"done\",provider=\"kapsule\"} 0\n"
          "tided_actions_total{outcome=\"failed\",provider=\"kapsule\"} 0\n"
          "tided_actions_total{outcome=\"refused\",provider=\"kapsule\"} 0\n"
          "tided_actions_total{outcome=\"rehearsed\",provider=\"kapsule\"} 0\n");
    CHECK(lines_with(page, "tided_notifications_total") ==
          "tided_notifications_total{outcome=\"dropped\"} 0\n"
          "tided_notifications_total{outcome=\"duplicate\"} 0\n"
          "tided_notifications_total{outcome=\"failed\"} 0\n"
          "tided_notifications_total{outcome=\"sent\"} 0\n");
    CHECK(lines_with(page, "tided_clock_jumps_total") == "tided_clock_jumps_total 0\n");
    CHECK(lines_with(page, "tided_tick_duration_seconds_count") ==
          "tided_tick_duration_seconds_count 0\n");
    CHECK(lines_with(page, "tided_config_last_reload_successful").empty());
    CHECK(lines_with(page, "tided_source_lanes").empty());
    CHECK(lines_with(page, "tided_ready").empty());
    CHECK(lines_with(page, "tided_policies") == "tided_policies 0\n");
}

TEST_CASE("a policy's series, known and unknown") {
    Telemetry telemetry;
    FakePolicies policies;
    policies.views = {policy_view("web"), PolicyView{}};
    policies.views[1].name = "a\"b\\c\n";
    policies.views[1].pause = "paused by alice";
    policies.views[1].metrics = {{.name = "rps",
                                  .reading = Reading::absent(Absence::never_seen),
                                  .target = 5.0,
                                  .source = "prom"}};
    const std::string page = page_of(telemetry, Format::text_0_0_4, policies);
    CHECK(lines_with(page, "tided_policy_") + lines_with(page, "tided_decisions") ==
          R"(tided_policy_desired_replicas{policy="web"} 7
tided_policy_current_replicas{policy="web"} 4
tided_policy_ready_replicas{policy="web"} 4
tided_policy_min_replicas{policy="web"} 3
tided_policy_min_replicas{policy="a\"b\\c\n"} 0
tided_policy_max_replicas{policy="web"} 30
tided_policy_max_replicas{policy="a\"b\\c\n"} 0
tided_policy_paused{policy="web"} 0
tided_policy_paused{policy="a\"b\\c\n"} 1
tided_policy_acting{policy="web"} 1
tided_policy_acting{policy="a\"b\\c\n"} 0
tided_policy_last_decision_timestamp_seconds{policy="web"} 1800000000
tided_policy_start_seconds{policy="web"} 75
tided_policy_metric_value{policy="web",metric="rps"} 712.5
tided_policy_metric_age_seconds{policy="web",metric="rps"} 1.5
tided_policy_metric_fresh{policy="web",metric="rps"} 1
tided_policy_metric_fresh{policy="a\"b\\c\n",metric="rps"} 0
tided_policy_metric_target{policy="web",metric="rps"} 100
tided_policy_metric_target{policy="a\"b\\c\n",metric="rps"} 5
tided_decisions_total{policy="web",direction="down"} 2
tided_decisions_total{policy="web",direction="hold"} 1000
tided_decisions_total{policy="web",direction="up"} 3
tided_decisions_total{policy="a\"b\\c\n",direction="down"} 0
tided_decisions_total{policy="a\"b\\c\n",direction="hold"} 0
tided_decisions_total{policy="a\"b\\c\n",direction="up"} 0
)");
}

TEST_CASE("OpenMetrics names a counter's family without _total and ends with EOF") {
    Telemetry telemetry;
    touch_all(telemetry);
    const std::string page = page_of(telemetry, Format::openmetrics_1_0, FakePolicies{});
    CHECK(lines_with(page, "# TYPE tided_scrapes") == "# TYPE tided_scrapes counter\n");
    CHECK(lines_with(page, "# HELP tided_scrapes") ==
          "# HELP tided_scrapes Fetches from sources, by outcome.\n");
    CHECK(lines_with(page, "tided_scrapes_total{outcome=\"ok\"") ==
          "tided_scrapes_total{outcome=\"ok\",source=\"prom\"} 1\n");
    CHECK(lines_with(page, "# TYPE process_cpu") == "# TYPE process_cpu_seconds counter\n");
    CHECK(page.ends_with("# EOF\n"));
    CHECK(page.find("# EOF\n") == page.size() - 6);
}

TEST_CASE("a histogram's buckets are cumulative and end with +Inf") {
    Telemetry telemetry;
    telemetry.tick(0.0004);
    telemetry.tick(0.02);
    telemetry.tick(99.0);
    const std::string page = page_of(telemetry, Format::text_0_0_4, FakePolicies{});
    CHECK(lines_with(page, "tided_tick_duration_seconds") ==
          R"(tided_tick_duration_seconds_bucket{le="0.0001"} 0
tided_tick_duration_seconds_bucket{le="0.0005"} 1
tided_tick_duration_seconds_bucket{le="0.001"} 1
tided_tick_duration_seconds_bucket{le="0.0025"} 1
tided_tick_duration_seconds_bucket{le="0.005"} 1
tided_tick_duration_seconds_bucket{le="0.01"} 1
tided_tick_duration_seconds_bucket{le="0.025"} 2
tided_tick_duration_seconds_bucket{le="0.05"} 2
tided_tick_duration_seconds_bucket{le="0.1"} 2
tided_tick_duration_seconds_bucket{le="0.5"} 2
tided_tick_duration_seconds_bucket{le="2.5"} 2
tided_tick_duration_seconds_bucket{le="+Inf"} 3
tided_tick_duration_seconds_sum 99.0204
tided_tick_duration_seconds_count 3
)");
}

TEST_CASE("the page has exactly the metrics that are declared") {
    Telemetry telemetry;
    touch_all(telemetry);
    FakePolicies policies;
    policies.views = {policy_view("web")};
    std::istringstream page{page_of(telemetry, Format::text_0_0_4, policies)};
    std::vector<std::string> found;
    for (std::string line; std::getline(page, line);) {
        if (line.starts_with("# TYPE ")) {
            found.push_back(line.substr(7, line.find(' ', 7) - 7));
        }
    }
    std::sort(found.begin(), found.end());
    CHECK(found == own_metric_names());
}

TEST_CASE("tided(8) lists exactly the metrics that are declared") {
    std::ifstream file{TIDED_SOURCE_DIR "/systemd/man/tided.8"};
    REQUIRE(file.good());
    bool inside = false;
    bool tagged = false;
    std::set<std::string> listed;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(".SH ")) {
            inside = line == ".SH METRICS";
        } else if (inside && tagged && line.starts_with(".BR ")) {
            listed.insert(line.substr(4, line.find(' ', 4) - 4));
        } else if (inside && tagged && line.starts_with(".B ")) {
            listed.insert(line.substr(3));
        }
        tagged = line == ".TP";
    }
    const std::vector<std::string> names = own_metric_names();
    CHECK(listed == std::set<std::string>(names.begin(), names.end()));
}

TEST_CASE("tided(8) lists exactly the outcomes that a step can have") {
    std::ifstream file{TIDED_SOURCE_DIR "/systemd/man/tided.8"};
    std::string line;
    while (std::getline(file, line) && !line.starts_with(".BR tided_actions_total ")) {
    }
    std::getline(file, line);  // "Steps, by what …: done, failed or …" up to a bracket
    line = line.substr(line.find(':') + 1);
    std::istringstream words{line.substr(0, line.find('('))};
    std::set<std::string> listed;
    for (std::string word; words >> word;) {
        listed.insert(word.substr(0, word.find(',')));
    }
    listed.erase("or");

    Telemetry telemetry;
    telemetry.declare_provider("kapsule");
    std::istringstream page{
        lines_with(page_of(telemetry, Format::text_0_0_4, FakePolicies{}), "tided_actions_total")};
    std::set<std::string> declared;
    while (std::getline(page, line)) {
        const std::size_t begin = line.find('"') + 1;
        declared.insert(line.substr(begin, line.find('"', begin) - begin));
    }
    CHECK(listed == declared);
}

TEST_CASE("a reload that failed is shown, the last good instant stays") {
    Telemetry telemetry;
    telemetry.reload(true, TimePoint{std::chrono::seconds{1'800'000'000}});
    telemetry.reload(false, TimePoint{std::chrono::seconds{1'800'000'100}});
    const std::string page = page_of(telemetry, Format::text_0_0_4, FakePolicies{});
    CHECK(lines_with(page, "tided_config_") ==
          "tided_config_last_reload_success_timestamp_seconds 1800000000\n"
          "tided_config_last_reload_successful 0\n"
          "tided_config_reloads_total{outcome=\"failed\"} 1\n"
          "tided_config_reloads_total{outcome=\"ok\"} 1\n");
}

TEST_CASE("a source that is gone takes its gauges with it, not its counters") {
    Telemetry telemetry;
    touch_all(telemetry);
    telemetry.forget_source("prom");
    const std::string page = page_of(telemetry, Format::text_0_0_4, FakePolicies{});
    CHECK(lines_with(page, "tided_source_lanes").empty());
    CHECK(lines_with(page, "tided_scrape_samples_total") ==
          "tided_scrape_samples_total{source=\"prom\"} 200\n");
}

TEST_CASE("10,000 policies are rendered in small chunks") {
    Telemetry telemetry;
    FakePolicies policies;
    for (int customer = 10'000; customer < 20'000; ++customer) {
        policies.views.push_back(
            policy_view("tenants[tenant=customer-" + std::to_string(customer) + "]"));
    }
    const auto page = telemetry.page(Format::openmetrics_1_0, policies);
    std::size_t chunks = 0;
    std::size_t largest = 0;
    for (std::string chunk = page->next(); !chunk.empty(); chunk = page->next()) {
        ++chunks;
        largest = std::max(largest, chunk.size());
    }
    CHECK(chunks == 1 + 15 * 50 + 7 + 1);  // 7 families of what these policies have not
    CHECK(largest < 64 * 1024);
}

TEST_CASE("policies that come while a page is rendered stand in it once or not at all") {
    Telemetry telemetry;
    FakePolicies policies;
    for (int number = 1000; number < 1400; ++number) {
        policies.views.push_back(policy_view("web-" + std::to_string(number)));
    }
    const auto page = telemetry.page(Format::text_0_0_4, policies);
    std::string text = page->next() + page->next();
    policies.views.insert(policies.views.begin(), policy_view("api"));
    for (std::string chunk = page->next(); !chunk.empty(); chunk = page->next()) {
        text += chunk;
    }
    const auto lines = lines_with(text, "tided_policy_desired_replicas{");
    for (int number = 1000; number < 1400; ++number) {
        const auto name = "policy=\"web-" + std::to_string(number) + "\"";
        const auto first = lines.find(name);
        CHECK(first != std::string::npos);
        CHECK(lines.find(name, first + 1) == std::string::npos);
    }
}

/// Policies that go while a page is being rendered.
struct ShrinkingPolicies final : PolicyViews {
    mutable std::size_t left = 1000;
    PolicyView view = policy_view("web");

    [[nodiscard]] std::size_t count() const override { return left; }
    [[nodiscard]] const PolicyView& at(std::size_t index) const override {
        REQUIRE(index < left);
        return view;
    }
    [[nodiscard]] const PolicyView* find(std::string_view) const override { return nullptr; }
};

TEST_CASE("policies may go between two chunks") {
    Telemetry telemetry;
    ShrinkingPolicies policies;
    const auto page = telemetry.page(Format::openmetrics_1_0, policies);
    std::string last;
    std::size_t chunks = 0;
    for (std::string chunk = page->next(); !chunk.empty(); chunk = page->next()) {
        last = chunk;
        policies.left = policies.left > 150 ? policies.left - 150 : 0;
        ++chunks;
    }
    CHECK(last == "# EOF\n");
    CHECK(chunks < 100);
}

TEST_CASE("promtool finds nothing to say about the page") {
    if (std::system("command -v promtool >/dev/null 2>&1") != 0) {
        MESSAGE("promtool is not installed: skipped");
        return;
    }
    Telemetry telemetry;
    touch_all(telemetry);
    FakePolicies policies;
    policies.views = {policy_view("web"), policy_view("api")};
    const testing::TemporaryDirectory home;
    std::ofstream{home / "page"} << page_of(telemetry, Format::text_0_0_4, policies);
    const std::string command =
        "promtool check metrics <" + (home / "page") + " >" + (home / "said") + " 2>&1";
    const int result = std::system(command.c_str());
    std::ifstream said{home / "said"};
    CHECK(std::string{std::istreambuf_iterator<char>{said}, {}} == "");
    CHECK(result == 0);
}

}  // namespace
}  // namespace tided::daemon
