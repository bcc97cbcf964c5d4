// Real load on a pool with both axes: what is used is seen a minute later and never exceeds what
// the replicas have. Pools of several sizes see each trace scaled to a demand of 4, 20 and 80
// cores.
#include <algorithm>
#include <array>
#include <charconv>
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
    int changes = 0;      ///< of size
    int at_once = 0;      ///< of these, because the count would have passed its maximum
    int reversals = 0;    ///< CPU up and down again, or down and up, within a day
    int flips = 0;        ///< a size taken again that was left, though demand has not turned
    int short_ticks = 0;  ///< the shape chosen does not carry what was seen, though a size does
};

/// Plays `demand` on the rig, minute by minute.
Course play(JointRig rig, const std::vector<double>& demand) {
    Course course;
    std::vector<Left> left;
    double used = demand[0];
    for (const double wanted : demand) {
        const Cores seen = work_behind({used}, rig.shape.replicas, rig.settings);
        const Choice choice = rig.choose(seen);
        course.short_ticks += !choice.is_too_small && rig.carries(choice.to) < seen.count - 1e-6;
        if (choice.to.size != choice.from.size) {
            Levels levels_now = levels(rig.state.seen, rig.now, rig.settings.watched);
            levels_now.peak = std::max(levels_now.peak, seen);
            for (const Left& past : left) {
                course.flips += past.size == choice.to.size &&
                                !has_turned(past.seen, levels_now, rig.settings.margin.value);
            }
            const bool has_last = !left.empty() && rig.now - left.back().at < 24h;
            const auto last_step =
                has_last ? choice.from.size.cpu.count - left.back().size.cpu.count : 0;
            course.reversals +=
                last_step * (choice.to.size.cpu.count - choice.from.size.cpu.count) < 0;
            left.push_back({choice.from.size, rig.now, levels_now});
            ++course.changes;
            course.at_once += choice.because == Because::count_at_max;
        }
        rig.carry_out(choice);
        rig.now += 1min;
        const double limit = rig.shape.replicas.count * cores(rig.shape.size.cpu);
        used = std::min(wanted + rig.shape.replicas.count * rig.settings.idle.count, limit);
    }
    return course;
}

constexpr std::array names{
    "worldcup98_req_per_min_days_40_75", "nyc_taxi_rides_30min_days_100_160", "tweets_aapl_5min"};

}  // namespace

TEST_CASE("traces: no axis flips on real load, unless demand itself turned") {
    for (const char* name : names) {
        const std::vector<Point> points = read_trace(name);
        REQUIRE(points.size() > 1000);
        for (const double peak : {4.0, 20.0, 80.0}) {
            const std::vector<double> demand = demand_of(points, peak);
            for (const std::int32_t min : {1, 4}) {
                JointRig rig;
                rig.settings.min = {min};
                rig.settings.idle = {min == 4 ? 0.05 : 0.0};
                const Course course = play(rig, demand);
                MESSAGE(name,
                        " ",
                        peak,
                        " min ",
                        min,
                        ": ",
                        course.changes,
                        " changes, ",
                        course.at_once,
                        " at once, ",
                        course.reversals,
                        " reversals, ",
                        course.flips,
                        " flips ",
                        course.short_ticks);
                INFO(name << ", " << peak << " cores, min " << min);
                CHECK(course.flips == 0);
                CHECK(course.short_ticks == 0);
            }
        }
    }
}
