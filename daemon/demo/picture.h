// Picture: one screen of the demo as tinted text: load and replicas over time, the numbers of the
// moment, and the reason of the last decision in the daemon's own words.
//
//   Scene (what is known) -> draw -> Lines -> as_terminal | as_plain | as_svg
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace demo {

struct Moment {
    double seconds = 0.0;  ///< since the start
    double offered = 0.0;  ///< requests a second
    int replicas = 0;
};

struct Scene {
    std::string address;
    double length = 90.0;  ///< seconds shown; past that the oldest go
    double now = 0.0;
    std::vector<Moment> history;
    int replicas = 0, ready = 0, wanted = 0, min = 0, max = 0;
    std::uint64_t served = 0, refused = 0, lost = 0;
    double p95 = 0.0;                   ///< milliseconds
    std::deque<std::string> decisions;  ///< newest first, as "0:12 web: 2 -> 4 because …"
};

enum class Tint : std::uint8_t { plain, dim, strong, load, replicas, bad };

struct Span {
    std::string text;
    Tint tint = Tint::plain;
};
using Line = std::vector<Span>;
using Lines = std::vector<Line>;

[[nodiscard]] Lines draw(const Scene& scene);

[[nodiscard]] std::string as_terminal(const Lines& lines);
[[nodiscard]] std::string as_svg(const Lines& lines);

/// One line for a log or a pipe.
[[nodiscard]] std::string as_plain(const Scene& scene);

/// "1:30"
[[nodiscard]] std::string clock_text(double seconds);

}  // namespace demo
