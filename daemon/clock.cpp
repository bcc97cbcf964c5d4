#include "daemon/clock.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace tided::daemon {
namespace {

constexpr Duration slew_per_check = std::chrono::milliseconds{20};

}  // namespace

Clock::Clock() : anchor_steady_(std::chrono::steady_clock::now()) {
    if (const char* file = std::getenv("TIDED_FAKE_WALL_OFFSET"); file != nullptr) {
        offset_file_ = file;
    }
    anchor_wall_ = system_now();
}

TimePoint Clock::system_now() const {
    const auto wall = std::chrono::floor<Duration>(std::chrono::system_clock::now());
    if (offset_file_.empty()) {
        return wall;
    }
    double seconds = 0.0;
    std::ifstream{offset_file_} >> seconds;
    return wall + Duration{static_cast<Duration::rep>(seconds * 1000.0)};
}

TimePoint Clock::now() const {
    return anchor_wall_ +
           std::chrono::floor<Duration>(std::chrono::steady_clock::now() - anchor_steady_);
}

Duration Clock::check() {
    const TimePoint carried = now();
    const Duration difference = system_now() - carried;
    const bool jumped = std::chrono::abs(difference) > jump_threshold;
    anchor_steady_ = std::chrono::steady_clock::now();
    anchor_wall_ =
        carried + (jumped ? difference : std::clamp(difference, -slew_per_check, slew_per_check));
    return jumped ? difference : Duration{0};
}

}  // namespace tided::daemon
