// Real load on a pool with both axes: what is used is seen a minute later and never exceeds what
// the replicas have. Pools of several sizes see each trace scaled to a demand of 4, 20 and 80
// cores.
#include <algorithm>
#include <array>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/policy/joint/joint_rig.h"

using namespace tided;
using namespace tided::policy::joint;
using namespace std::chrono_literals;

namespace {

struct Point {
    double second = 0.0;
    double value = 0.0;
};

std::vector<Point> read_trace(const std::string& name) {
    std::ifstream in{TIDED_TEST_DATA "/traces/" + name + ".csv"};
    std::vector<Point> points;
    std::string line;
    std::getline(in, line);
    while (std::getline(in, line)) {
        const std::size_t comma = line.find(',');
        points.push_back({std::stod(line.substr(0, comma)), std::stod(line.substr(comma + 1))});
    }
    return points;
}

/// One value a minute between the samples; all but a thousandth of the samples are below `peak`.
std::vector<double> demand_of(const std::vector<Point>& points, double peak) {
    std::vector<double> sorted;
    for (const Point& point : points) {
        sorted.push_back(point.value);
    }
    const auto high = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() * 999 / 1000);
    std::nth_element(sorted.begin(), high, sorted.end());
    std::vector<double> demand;
    std::size_t left = 0;
    for (double at = points[0].second; at < points.back().second; at += 60.0) {
        while (points[left + 1].second <= at) {
            ++left;
        }
        const Point& a = points[left];
        const Point& b = points[left + 1];
        const double share = (at - a.second) / (b.second - a.second);
        demand.push_back((a.value + (b.value - a.value) * share) * peak / *high);
    }
    return demand;
}

struct Left {
    Size size{};
    TimePoint at{};
    Levels seen{};
};

/// Whether any level, or the peak, is no longer what it was, by more than the margin.
bool has_turned(const Levels& before, const Levels& now, double margin) {
    const auto differs = [&](double a, double b) {
        return std::max(a, b) > (1.0 + margin) * std::min(a, b);
    };
    if (before.count != now.count || differs(before.peak.count, now.peak.count)) {
        return true;
    }
    Levels a = before;
    Levels b = now;
    std::sort(a.means.begin(), a.means.begin() + static_cast<std::ptrdiff_t>(a.count));
    std::sort(b.means.begin(), b.means.begin() + static_cast<std::ptrdiff_t>(b.count));
    for (std::size_t i = 0; i < a.count; ++i) {
        if (differs(a.means[i].count, b.means[i].count)) {
            return true;
        }
    }
    return false;
}

struct Course {
    int changes = 0;    ///< of size
    int reversals = 0;  ///< CPU up and then down, or down and then up, within a day
    int flips = 0;      ///< a reversal, or a size taken that was left, though demand has not turned
    int failures = 0;   ///< the shape chosen does not carry what was seen, though a size does
};

/// A pool that notes why and when it left a size.
class Replay {
public:
    explicit Replay(const JointRig& rig) : rig_(rig) {}

    Course play(const std::vector<double>& demand) {
        double used = demand[0];
        for (const double wanted : demand) {
            const Cores seen = work_behind({used}, rig_.shape.replicas, rig_.settings);
            const Choice choice = rig_.choose(seen);
            const bool carries = rig_.carries(choice.to) >= seen.count - 1e-6;
            course_.failures += carries || choice.is_too_small ? 0 : 1;
            if (choice.to.size != choice.from.size) {
                note_change(choice, seen);
            }
            rig_.carry_out(choice);
            rig_.now += 1min;
            const auto& [replicas, size] = rig_.shape;
            used = std::min(wanted + replicas.count * rig_.settings.idle.count,
                            replicas.count * cores(size.cpu));
        }
        return course_;
    }

private:
    void note_change(const Choice& choice, Cores demand) {
        Levels seen = levels(rig_.state.seen, rig_.now, rig_.settings.watched);
        seen.peak = std::max(seen.peak, demand);
        for (const Left& past : left_) {
            const bool is_reversal = &past == &left_.back() && is_reversed(past, choice);
            const bool is_return = past.size == choice.to.size;
            const bool is_still = !has_turned(past.seen, seen, rig_.settings.margin.value);
            course_.reversals += is_reversal ? 1 : 0;
            course_.flips += (is_reversal || is_return) && is_still ? 1 : 0;
        }
        left_.push_back({choice.from.size, rig_.now, seen});
        ++course_.changes;
    }

    [[nodiscard]] bool is_reversed(const Left& last, const Choice& choice) const {
        const std::int64_t before = choice.from.size.cpu.count - last.size.cpu.count;
        const std::int64_t now = choice.to.size.cpu.count - choice.from.size.cpu.count;
        return rig_.now - last.at < 24h && (before > 0 ? now < 0 : before < 0 && now > 0);
    }

    JointRig rig_;
    std::vector<Left> left_{};
    Course course_{};
};

struct Row {
    const char* name;
    int most_changes;  ///< of size, by any of the pools; news spikes take one or two each
};

constexpr std::array<Row, 3> rows{{{"worldcup98_req_per_min_days_40_75", 3},
                                   {"nyc_taxi_rides_30min_days_100_160", 3},
                                   {"tweets_aapl_5min", 26}}};

}  // namespace

TEST_CASE("traces: no axis flips on weeks of real load, unless demand itself turned") {
    for (const Row& row : rows) {
        const std::vector<Point> points = read_trace(row.name);
        REQUIRE(points.size() > 1000);
        for (const double peak : {4.0, 20.0, 80.0}) {
            const std::vector<double> demand = demand_of(points, peak);
            for (const std::int32_t min : {1, 4}) {
                JointRig rig;
                rig.settings.min = {min};
                rig.settings.idle = {min == 4 ? 0.05 : 0.0};
                const Course course = Replay{rig}.play(demand);
                INFO(std::string{row.name} << ", " << peak << " cores, min " << min);
                CHECK(course.flips == 0);
                CHECK(course.failures == 0);
                CHECK(course.reversals <= 2);
                CHECK(course.changes <= row.most_changes);
            }
        }
    }
}
