#include "policy/placement/placement.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace tided::policy::placement {

namespace {

Replicas counted(std::int64_t count) {
    return Replicas{static_cast<std::int32_t>(std::clamp<std::int64_t>(count, 0, no_cap.count))};
}

void add(Replicas& placed, std::int64_t count) {
    placed = counted(placed.count + count);
}

/// What is still to be placed; below zero: missing.
std::int64_t place_minima(Replicas wanted,
                          std::span<const Pool> pools,
                          std::span<Replicas> placed) {
    std::int64_t left = wanted.count;
    for (std::size_t i = 0; i < pools.size(); ++i) {
        placed[i] = pools[i].min;
        left -= pools[i].min.count;
    }
    return left;
}

std::int64_t extra_of(const Pool& pool, Replicas placed) {
    const std::int64_t extra = std::int64_t{pool.late.count} + placed.count - pool.total.count;
    return pool.late.count > 0 ? std::max<std::int64_t>(extra, 0) : 0;
}

/// What one more replica of `pool` would be worth when it already has `placed`.
double rank(const Pool& pool, std::int64_t placed) {
    return static_cast<double>(pool.share) / static_cast<double>(placed + 1);
}

/// Hands out replicas to some of the pools, the highest rank first. Ranks fall with every replica a
/// pool gets, so all those above one rank go out before any at it: the lowest such rank whose
/// replicas are not too many is searched for, and what is left goes out one by one.
class Shares {
public:
    Shares(std::span<const Pool> pools, std::span<Replicas> placed, bool takes_blocked)
        : pools_(pools), placed_(placed), takes_blocked_(takes_blocked) {}

    /// What found no place.
    std::int64_t hand_out(std::int64_t count) {
        fill_above(lowest_rank_for(count), count);
        for (; count > 0; --count) {
            const std::size_t best = best_pool();
            if (best == pools_.size()) {
                break;
            }
            add(placed_[best], 1);
        }
        return count;
    }

private:
    [[nodiscard]] bool is_open(std::size_t i) const {
        return pools_[i].share > 0 && placed_[i] < pools_[i].max &&
               (takes_blocked_ || pools_[i].late == Replicas{0});
    }

    /// How many replicas pool `i` gets at a rank above `rank_floor`.
    [[nodiscard]] std::int64_t room_above(std::size_t i, double rank_floor) const {
        const std::int64_t from = placed_[i].count;
        const std::int64_t to = pools_[i].max.count;
        const double quotient = static_cast<double>(pools_[i].share) / rank_floor;
        std::int64_t count = from;
        if (quotient > static_cast<double>(from)) {
            count = quotient < static_cast<double>(to) ? static_cast<std::int64_t>(quotient) : to;
        }
        while (count < to && rank(pools_[i], count) > rank_floor) {
            ++count;
        }
        while (count > from && rank(pools_[i], count - 1) <= rank_floor) {
            --count;
        }
        return count - from;
    }

    [[nodiscard]] std::int64_t all_above(double rank_floor) const {
        std::int64_t sum = 0;
        for (std::size_t i = 0; i < pools_.size(); ++i) {
            sum += is_open(i) ? room_above(i, rank_floor) : 0;
        }
        return sum;
    }

    /// Over the bits of positive doubles, which are ordered as the doubles are.
    [[nodiscard]] double lowest_rank_for(std::int64_t count) const {
        std::uint64_t low = 1;
        std::uint64_t high = std::bit_cast<std::uint64_t>(static_cast<double>(no_cap.count));
        while (low < high) {
            const std::uint64_t middle = low + (high - low) / 2;
            const bool is_enough = all_above(std::bit_cast<double>(middle)) <= count;
            (is_enough ? high : low) = is_enough ? middle : middle + 1;
        }
        return std::bit_cast<double>(low);
    }

    void fill_above(double rank_floor, std::int64_t& count) {
        for (std::size_t i = 0; i < pools_.size(); ++i) {
            const std::int64_t room = is_open(i) ? room_above(i, rank_floor) : 0;
            add(placed_[i], room);
            count -= room;
        }
    }

    /// Or pools_.size(): all are full.
    [[nodiscard]] std::size_t best_pool() const {
        std::size_t best = pools_.size();
        for (std::size_t i = 0; i < pools_.size(); ++i) {
            if (is_open(i) && (best == pools_.size() || comes_before(i, best))) {
                best = i;
            }
        }
        return best;
    }

    [[nodiscard]] bool comes_before(std::size_t a, std::size_t b) const {
        const double of_a = rank(pools_[a], placed_[a].count);
        const double of_b = rank(pools_[b], placed_[b].count);
        return of_a == of_b ? pools_[a].name < pools_[b].name : of_a > of_b;
    }

    std::span<const Pool> pools_;
    std::span<Replicas> placed_;
    bool takes_blocked_;
};

}  // namespace

Remainder place_by_priority(const Demand& demand,
                            std::span<const Pool> pools,
                            std::span<const std::size_t> order,
                            std::span<Replicas> placed) {
    std::int64_t left = place_minima(demand.wanted, pools, placed);
    Remainder remainder{.missing = counted(-left)};
    left = std::max<std::int64_t>(left, 0);
    std::int64_t may_double = demand.most_extra.count;
    for (const std::size_t i : order) {
        const std::int64_t free = std::int64_t{pools[i].max.count} - placed[i].count;
        const std::int64_t given = std::min(left, free);
        add(placed[i], given);
        const std::int64_t extra = std::min(extra_of(pools[i], placed[i]), may_double);
        left += extra - given;
        may_double -= extra;
    }
    remainder.overflow = counted(left);
    return remainder;
}

Remainder place_by_share(const Demand& demand,
                         std::span<const Pool> pools,
                         std::span<Replicas> placed) {
    std::int64_t left = place_minima(demand.wanted, pools, placed);
    Remainder remainder{.missing = counted(-left)};
    left = Shares{pools, placed, true}.hand_out(std::max<std::int64_t>(left, 0));
    if (left == 0) {
        std::int64_t extra = 0;
        for (std::size_t i = 0; i < pools.size(); ++i) {
            extra += extra_of(pools[i], placed[i]);
        }
        left = Shares{pools, placed, false}.hand_out(
            std::min<std::int64_t>(extra, demand.most_extra.count));
    }
    remainder.overflow = counted(left);
    return remainder;
}

}  // namespace tided::policy::placement
