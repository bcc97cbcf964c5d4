#include "tests/bench/traces/fluid_model.h"

#include <algorithm>
#include <cmath>
#include <deque>

#include "tests/bench/traces/trace.h"

namespace tided::bench {

namespace {

constexpr std::size_t first_decision = 4;

/// Replicas that become ready together.
struct Batch {
    std::size_t ready_at = 0;
    std::int32_t count = 0;
};

/// Invariant: starting is ordered by ready_at, no batch is empty.
class Pool {
public:
    explicit Pool(std::int32_t ready) : ready_(ready) {}

    [[nodiscard]] std::int32_t ready() const { return ready_; }
    [[nodiscard]] std::int32_t existing() const {
        std::int32_t sum = ready_;
        for (const Batch& batch : starting_) {
            sum += batch.count;
        }
        return sum;
    }

    void advance_to(std::size_t at) {
        while (!starting_.empty() && starting_.front().ready_at <= at) {
            ready_ += starting_.front().count;
            starting_.pop_front();
        }
    }

    void resize(std::int32_t wanted, std::size_t ready_at) {
        std::int32_t change = wanted - existing();
        if (change > 0) {
            starting_.push_back({.ready_at = ready_at, .count = change});
        }
        while (change < 0 && !starting_.empty()) {
            Batch& youngest = starting_.back();
            const std::int32_t gone = std::min(-change, youngest.count);
            youngest.count -= gone;
            change += gone;
            if (youngest.count == 0) {
                starting_.pop_back();
            }
        }
        ready_ += std::min(change, 0);
    }

private:
    std::int32_t ready_ = 0;
    std::deque<Batch> starting_ = {};
};

Sight sight_at(std::size_t at, const Pool& pool, const std::deque<Sample>& samples) {
    const TimePoint now{static_cast<std::int64_t>(at) * step};
    const Replicas existing{pool.existing()};
    return {
        .now = now,
        .observed = {.replicas = existing, .present = existing, .ready = {pool.ready()}, .at = now},
        .samples = {samples[0], samples[1], samples[2]}};
}

}  // namespace

std::int32_t demand(double load) {
    const double replicas = std::ceil(load / limit_of_use);
    return static_cast<std::int32_t>(std::max(2.0, replicas));
}

Course play(std::span<const double> load, Duration start_delay, const Controller& controller) {
    Course course;
    course.supply.reserve(load.size());
    course.paid.reserve(load.size());
    const auto delay = static_cast<std::size_t>(start_delay / step);
    Pool pool{demand(load[0])};
    std::deque<Sample> samples;  // the last five, the present one included
    for (std::size_t i = 0; i < load.size(); ++i) {
        pool.advance_to(i);
        samples.push_back({.load = load[i], .ready = static_cast<double>(pool.ready())});
        if (i >= first_decision) {
            const Replicas wish = controller(sight_at(i, pool, samples));
            pool.resize(std::clamp(wish, fewest, most).count, i + delay);
            samples.pop_front();
        }
        course.supply.push_back(pool.ready());
        course.paid.push_back(pool.existing());
    }
    return course;
}

}  // namespace tided::bench
