// Trace: a real series of load, and the load curve the fluid model makes of it.
//   read        CSV `timestamp,value`, a header line, seconds in rising order
//   load curve  linear interpolation between the samples, one point every 15 s from the first on,
//               scaled so that the sample of rank floor(0.999 n) (0-based, before interpolation)
//               equals 60 x 0.85 units: sixty replicas at their limit
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "policy/vocab/time.h"

namespace tided::bench {

constexpr Duration step = std::chrono::seconds{15};
constexpr double steps_per_day = 86'400.0 / 15.0;
constexpr double limit_of_use = 0.85;  ///< the objective: a replica is used no more than this
constexpr double peak_replicas = 60.0;

struct Trace {
    std::vector<double> seconds = {};
    std::vector<double> values = {};
};

/// Part of a trace in days after its first sample; `last` is excluded.
struct Days {
    double first = 0.0;
    double last = 1e9;
};

/// Nothing when the file cannot be read or a line is not `number,number` in rising time.
[[nodiscard]] std::optional<Trace> read_trace(const std::filesystem::path& file);

[[nodiscard]] Trace sliced(const Trace& trace, Days days);

/// Load in units: what one ready replica serves when fully used is 1.
/// REQUIRES: the trace is not empty.
[[nodiscard]] std::vector<double> load_curve(const Trace& trace);

}  // namespace tided::bench
