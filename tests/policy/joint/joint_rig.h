// JointRig: a pool with both axes, driven tick by tick, whose changes take effect at once; and how
// the words of policy/joint print when a check fails. Only for tests of the policy floor.
#pragma once

#include <ostream>

#include "policy/joint/choose.h"
#include "policy/joint/wording.h"
#include "tests/support/policy_words.h"

namespace tided::policy::joint {

inline std::ostream& operator<<(std::ostream& out, Cores amount) {
    return out << amount.count << " cores";
}

inline std::ostream& operator<<(std::ostream& out, const Size& size) {
    return out << to_string(size);
}

inline std::ostream& operator<<(std::ostream& out, const Shape& shape) {
    return out << to_string(shape);
}

inline std::ostream& operator<<(std::ostream& out, Because because) {
    return out << "because " << static_cast<int>(because);
}

inline std::ostream& operator<<(std::ostream& out, Fit fit) {
    return out << "fit " << static_cast<int>(fit);
}

inline std::ostream& operator<<(std::ostream& out, Change change) {
    return out << "change " << static_cast<int>(change);
}

inline constexpr Bytes mib{1024LL * 1024};
inline constexpr Bytes gib{1024LL * 1024 * 1024};

[[nodiscard]] inline constexpr Bytes operator*(std::int64_t n, Bytes unit) {
    return {n * unit.count};
}

/// 1 to 40 replicas of 250m to 4 CPU and 512Mi to 8Gi.
[[nodiscard]] inline Settings api_settings() {
    return {.grid = {.cpu = between(MilliCpu{250}, MilliCpu{4000}),
                     .memory = between(512 * mib, 8 * gib)},
            .min = {1},
            .max = {40}};
}

class JointRig {
public:
    [[nodiscard]] Inputs inputs(std::optional<Cores> demand) const {
        return {.now = now,
                .current = shape,
                .demand = demand,
                .least = least,
                .memory = memory,
                .tail = tail};
    }

    /// One choice at `now`; nothing is carried out.
    Choice choose(std::optional<Cores> demand) {
        return joint::choose(settings, inputs(demand), state);
    }

    /// One choice, carried out at once, then the clock moves by `step`.
    Choice tick(std::optional<Cores> demand, Duration step = std::chrono::minutes{5}) {
        const Choice choice = choose(demand);
        carry_out(choice);
        now += step;
        return choice;
    }

    void carry_out(const Choice& choice) {
        if (choice.to.size != shape.size) {
            record_resize(state, now);
        }
        shape = choice.to;
    }

    /// Ticks of one demand for so long; the last choice that changed the size.
    std::optional<Choice> run(Cores demand, Duration time) {
        std::optional<Choice> change;
        for (const TimePoint end = now + time; now < end;) {
            const Choice choice = tick(demand);
            change = choice.to.size == choice.from.size ? change : choice;
        }
        return change;
    }

    /// Demand that a shape carries.
    [[nodiscard]] double carries(const Shape& carrier) const {
        const MemoryNeed need{.model = memory, .floor = memory_floor(state, now, settings)};
        return carrier.replicas.count * std::min(carried_by(carrier.size.cpu, settings),
                                                 carried_by(carrier.size.memory, need, settings))
                                            .count;
    }

    Settings settings = api_settings();
    State state{};
    Shape shape{.replicas = {4}, .size = {{1000}, 2 * gib}};
    Replicas least{};
    MemoryModel memory{.fixed = 700 * mib, .per_core = 256 * mib};
    MemoryTail tail{};
    TimePoint now = from_unix_seconds(1'763'798'400);  // 2025-11-22T08:00:00Z
};

}  // namespace tided::policy::joint
