// What Kubernetes' controller answers, row by row: tests/data/hpa/ holds inputs and results of
// the horizontal controller (1.28 and the 1.37 line agree on all of them), see each file's head
// for its columns. Covered: rate limits with bounds, stabilisation, one External or Object metric.
// Not covered here: pod metrics, conditions, the pass without `behavior`, the ScaledToZero gate.
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>

#include "policy/stabilize.h"
#include "tests/support/policy_rig.h"
#include "tests/support/policy_words.h"

using namespace tided;
using namespace tided::policy;
using namespace std::chrono_literals;

namespace {

/// The rows of a file, each split at '|'.
std::vector<std::vector<std::string>> rows_of(const std::string& name) {
    std::ifstream file{std::string{TIDED_TEST_DATA} + "/hpa/" + name};
    std::vector<std::vector<std::string>> rows;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('#')) {
            continue;
        }
        std::istringstream columns{line};
        rows.emplace_back();
        for (std::string column; std::getline(columns, column, '|');) {
            rows.back().push_back(column);
        }
    }
    return rows;
}

std::string row_text(const std::vector<std::string>& row) {
    std::string text;
    for (const std::string& column : row) {
        text += column + "|";
    }
    return text;
}

/// "4@120,5@60": numbers with their ages in seconds; "-" is none.
std::vector<std::pair<std::int32_t, Duration>> aged(const std::string& column) {
    std::vector<std::pair<std::int32_t, Duration>> entries;
    std::istringstream in{column};
    for (std::string entry; std::getline(in >> std::ws, entry, ',') && entry[0] != '-';) {
        const std::size_t at = entry.find('@');
        entries.emplace_back(std::stoi(entry.substr(0, at)),
                             std::chrono::seconds{std::stoi(entry.substr(at + 1))});
    }
    return entries;
}

std::vector<ScaleEvent> events(const std::string& column, TimePoint now) {
    std::vector<ScaleEvent> result;
    for (const auto& [change, age] : aged(column)) {
        result.push_back({.change = change, .at = now - age});
    }
    return result;
}

/// "max:pods=4/15,percent=100/15", without windows and tolerance.
ScalingRules rules(const std::string& column) {
    std::istringstream in{column};
    std::string select;
    std::getline(in >> std::ws, select, ':');
    ScalingRules result{.select = select == "min" ? Select::min : Select::max,
                        .tolerance = Ratio{0.0}};
    for (std::string rate; std::getline(in, rate, ',');) {
        const std::size_t equals = rate.find('=');
        const std::size_t slash = rate.find('/');
        result.rates.push_back(
            {.kind = rate.starts_with("pods") ? RateKind::pods : RateKind::percent,
             .value = std::stoi(rate.substr(equals + 1, slash - equals - 1)),
             .period = std::chrono::seconds{std::stoi(rate.substr(slash + 1))}});
    }
    return result;
}

/// The last link as upstream's ScalingLimited reason.
std::string limited_reason(const Decision& decision) {
    switch (decision.reasons.links().back().code) {
        case ReasonCode::scale_up_limit:
            return "ScaleUpLimit";
        case ReasonCode::scale_down_limit:
            return "ScaleDownLimit";
        case ReasonCode::above_max:
            return "TooManyReplicas";
        case ReasonCode::below_min:
            return "TooFewReplicas";
        default:
            return "DesiredWithinRange";
    }
}

}  // namespace

TEST_CASE("HPA: rate limits and bounds, with their reasons") {
    const auto rows = rows_of("rates.txt");
    CHECK(rows.size() == 25);
    for (const auto& row : rows) {
        INFO(row_text(row));
        std::int32_t current = 0;
        std::int32_t wanted = 0;
        PolicyRig rig{web_policy(), 0};
        std::istringstream{row.at(0)} >> current >> wanted >> rig.spec.min.count >>
            rig.spec.max.count;
        rig.observed = all_ready(current);
        rig.state.ups = events(row.at(1), rig.now);
        rig.state.downs = events(row.at(2), rig.now);
        rig.spec.behavior = {.up = rules(row.at(3)), .down = rules(row.at(4))};

        const Decision decision = rig.decide({Reading::of(100.0 * wanted, 0s, 30s)});

        std::istringstream expected{row.at(5)};
        std::int32_t replicas = 0;
        std::string reason;
        expected >> replicas >> reason;
        CHECK(decision.wished == Replicas{wanted});
        CHECK(decision.desired == Replicas{replicas});
        CHECK(limited_reason(decision) == reason);
    }
}

TEST_CASE("HPA: stabilisation in both directions") {
    const auto rows = rows_of("stabilize.txt");
    CHECK(rows.size() == 8);
    const TimePoint now = PolicyRig{web_policy(), 0}.now;
    for (const auto& row : rows) {
        INFO(row_text(row));
        std::int32_t current = 0;
        std::int32_t wanted = 0;
        int up_window = 0;
        int down_window = 0;
        std::istringstream{row.at(0)} >> current >> wanted >> up_window >> down_window;
        Behavior behavior;
        behavior.up.stabilization = std::chrono::seconds{up_window};
        behavior.down.stabilization = std::chrono::seconds{down_window};
        std::vector<Recommendation> history;
        for (const auto& [replicas, age] : aged(row.at(1))) {
            history.push_back({.replicas = {replicas}, .at = now - age});
        }
        ReasonChain reasons;
        CHECK(stabilized(behavior, {{wanted}, now}, {current}, history, reasons) ==
              Replicas{std::stoi(row.at(2))});
    }
}

TEST_CASE("HPA: a whole pass on one External or Object metric") {
    const auto rows = rows_of("one_metric.txt");
    CHECK(rows.size() == 16);
    for (const auto& row : rows) {
        INFO(row_text(row));
        std::int32_t current = 0;
        PolicyRig rig{web_policy(), 0};
        std::istringstream{row.at(0)} >> current >> rig.spec.min.count >> rig.spec.max.count;
        rig.observed = all_ready(current);
        std::string target;
        std::string value;
        double amount = 0.0;
        std::istringstream{row.at(1)} >> target >> amount >> value;
        rig.spec.metrics[0].rule =
            Target{.kind = target == "value" ? TargetKind::value : TargetKind::average_value,
                   .amount = amount};
        if (row.at(2) == " none ") {
            rig.state.recommendations = {{{current}, rig.now - 1h}};
        }
        const Reading reading = value == "-" ? Reading::absent(Absence::source_failed)
                                             : Reading::of(std::stod(value), 0s, 30s);
        CHECK(rig.decide({reading}).desired == Replicas{std::stoi(row.at(3))});
    }
}
