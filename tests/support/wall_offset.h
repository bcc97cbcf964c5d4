// WallOffset: a wall clock that a test sets, through the daemon's own test facility. Clocks made
// while it lives follow it.
#pragma once

#include <cstdlib>
#include <fstream>

#include "tests/support/temporary_directory.h"

namespace tided::testing {

class WallOffset {
public:
    WallOffset() {
        set(0);
        ::setenv("TIDED_FAKE_WALL_OFFSET", (directory_ / "offset").c_str(), 1);
    }
    WallOffset(const WallOffset&) = delete;
    WallOffset& operator=(const WallOffset&) = delete;
    ~WallOffset() { ::unsetenv("TIDED_FAKE_WALL_OFFSET"); }

    void set(double seconds) const { std::ofstream{directory_ / "offset"} << seconds; }

private:
    TemporaryDirectory directory_;
};

}  // namespace tided::testing
