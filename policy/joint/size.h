// Size: the words of a decision on both axes. A replica has a size, a pool has a shape: so many
// replicas of one size. Demand is counted in cores that work takes, whatever it runs on: a share of
// a request would change with the request, which is why HPA and VPA on CPU forbid each other.
#pragma once

#include <compare>

#include "policy/vocab/units.h"

namespace tided::policy::joint {

/// Cores of work, of a whole pool or of one replica. >= 0.
struct Cores {
    double count = 0.0;

    friend constexpr auto operator<=>(Cores, Cores) = default;
};

/// Money for an hour, in whatever currency the prices of Settings have.
struct Price {
    double per_hour = 0.0;

    friend constexpr auto operator<=>(Price, Price) = default;
};

/// What one replica is given.
struct Size {
    MilliCpu cpu{};
    Bytes memory{};

    friend constexpr bool operator==(const Size&, const Size&) = default;
};

struct Shape {
    Replicas replicas{};
    Size size{};

    friend constexpr bool operator==(const Shape&, const Shape&) = default;
};

inline constexpr double bytes_per_gib = 1024.0 * 1024.0 * 1024.0;

[[nodiscard]] constexpr double cores(MilliCpu cpu) {
    return static_cast<double>(cpu.count) / 1000.0;
}

[[nodiscard]] constexpr double gibibytes(Bytes memory) {
    return static_cast<double>(memory.count) / bytes_per_gib;
}

}  // namespace tided::policy::joint
