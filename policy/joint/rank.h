// Rank: the cheapest size that carries demand, and the next one.
//
// The present size is priced at the demand that was seen, every other one at the margin more. So a
// size A is left for B only if cost_B((1 + margin) * P) < cost_A(P), P being what was seen. Since
// more demand never costs less, B stays the cheaper one for every P' with no level below
// P / (1 + margin) or above P * (1 + margin): nothing leads back to A, nor round by a third size,
// unless demand itself turns by more than the margin.
//
// Scores do not depend on the demand of this moment, which only excludes what cannot carry it. So
// more demand never gives a shape that carries less.
#pragma once

#include <optional>

#include "policy/joint/score.h"

namespace tided::policy::joint {

/// How far a size goes, worst first.
enum class Fit : std::uint8_t {
    not_allowed,  ///< the memory is at risk, or the present size is off the grid's bounds
    too_few,      ///< the quota does not allow the least count of it
    too_small,    ///< even the most replicas of it do not carry the demand of this moment
    carries_now,  ///< that, but not the highest peak that was seen
    carries_all,  ///< both; another size than the present one: the peak and the margin
};

struct Priced {
    Size size{};
    Replicas replicas{};  ///< needed at this moment, or the most that are allowed
    Cores carries{};      ///< all that are allowed
    Fit fit{};
    Change change{};
    Parts price{};

    friend constexpr bool operator==(const Priced&, const Priced&) = default;
};

/// The better fit wins. Of sizes that carry all, the price; of others what they carry, and the
/// price only between those that carry as much. Nothing moves for a tie with the present size.
struct Ranking {
    Priced best{};
    std::optional<Priced> runner_up = std::nullopt;
    Priced staying{};  ///< the present size, wherever it came

    friend constexpr bool operator==(const Ranking&, const Ranking&) = default;
};

struct Question {
    const Settings& settings;
    Size present{};
    Cores demand{};  ///< of this moment, with the room that a change must leave
    Replicas least{};
    MemoryNeed need{};
    MemoryTail tail{};
    Levels seen{};
};

[[nodiscard]] Ranking rank(const Question& question);

}  // namespace tided::policy::joint
