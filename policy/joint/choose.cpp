#include "policy/joint/choose.h"

#include <algorithm>
#include <cmath>

namespace tided::policy::joint {

namespace {

/// One tick as it is looked at: inputs checked, the present size judged.
class Round {
public:
    Round(const Settings& settings, const Inputs& inputs, const State& state)
        : settings_(settings),
          inputs_(inputs),
          state_(state),
          is_known_(inputs.demand && !std::isnan(inputs.demand->count)),
          least_(std::min(std::max(settings.min, inputs.least), settings.max)),
          need_{.model = inputs.memory, .floor = memory_floor(state, inputs.now, settings)},
          demand_(is_known_ ? std::max(*inputs.demand, Cores{}) : carried_now()),
          question_(question_now()) {}

    [[nodiscard]] bool is_known() const { return is_known_; }
    [[nodiscard]] Cores demand() const { return demand_; }
    [[nodiscard]] Because question() const { return question_; }
    [[nodiscard]] bool memory_is_beyond() const { return is_beyond_grid(need_, settings_); }
    [[nodiscard]] bool is_too_small(const Size& size) const {
        return needed(demand_, size) > most_of(size, settings_);
    }

    [[nodiscard]] Ranking ranking() const {
        Levels seen = levels(state_.seen, inputs_.now, settings_.watched);
        if (seen.count == 0) {  // what is there is the best guess at what is needed
            seen.add({.since = inputs_.now, .mean = carried_now()}, inputs_.now);
        }
        return rank({.settings = settings_,
                     .present = inputs_.current.size,
                     .demand = demand_of_another_size(),
                     .least = least_,
                     .need = need_,
                     .tail = inputs_.tail,
                     .seen = seen});
    }

    [[nodiscard]] Replicas count_at(const Size& size) const {
        const bool is_present = size == inputs_.current.size;
        const Replicas count =
            is_present ? count_at_present() : needed(demand_of_another_size(), size);
        return std::min(count, most_of(size, settings_));
    }

private:
    /// Why sizes should be compared now.
    [[nodiscard]] Because question_now() const {
        const Size& size = inputs_.current.size;
        if (settings_.resizing == Resizing::never) {
            return Because::not_due;
        }
        if (!settings_.grid.spans(size)) {
            return Because::outside_bounds;
        }
        if (memory_load(size) <= Cores{}) {
            return Because::memory_at_risk;
        }
        if (is_too_small(size)) {
            return Because::count_at_max;
        }
        return is_known_ && is_due() ? Because::stays : Because::not_due;
    }

    [[nodiscard]] bool is_due() const {
        const auto is_over = [&](std::optional<TimePoint> at) {
            return !at || inputs_.now - *at >= settings_.size_interval;
        };
        return is_over(state_.reviewed) && is_over(state_.resized) &&
               levels(state_.seen, inputs_.now, settings_.watched).reach >= settings_.learning;
    }

    /// As many as are needed. Fewer than now only when they leave the tolerance as room, so that
    /// the next ripple does not bring one back.
    [[nodiscard]] Replicas count_at_present() const {
        const auto& [now, size] = inputs_.current;
        const Replicas down_to = is_known_ ? needed(with_room(demand_), size) : now;
        return std::max(needed(demand_, size), std::min(now, down_to));
    }

    /// A change that cannot wait leaves the same room, or the next ripple would ask for another.
    [[nodiscard]] Cores demand_of_another_size() const {
        const bool can_wait = question_ == Because::stays || question_ == Because::not_due;
        return can_wait ? demand_ : with_room(demand_);
    }

    [[nodiscard]] Cores with_room(Cores demand) const {
        return {demand.count / (1.0 - settings_.tolerance.value)};
    }

    [[nodiscard]] Cores memory_load(const Size& size) const {
        return carried_by(size.memory, need_, settings_);
    }

    [[nodiscard]] Replicas needed(Cores demand, const Size& size) const {
        const Cores load = std::min(carried_by(size.cpu, settings_), memory_load(size));
        return replicas_for(demand, load, least_);
    }

    /// By what is there, its memory left aside if that is what is wrong with it.
    [[nodiscard]] Cores carried_now() const {
        const auto& [replicas, size] = inputs_.current;
        const Cores by_cpu = carried_by(size.cpu, settings_);
        const Cores by_memory = memory_load(size);
        const Cores load = by_memory > Cores{} ? std::min(by_cpu, by_memory) : by_cpu;
        return {std::min(replicas, most_of(size, settings_)).count * load.count};
    }

    const Settings& settings_;
    const Inputs& inputs_;
    const State& state_;
    bool is_known_;
    Replicas least_;
    MemoryNeed need_;
    Cores demand_;
    Because question_;
};

/// The answer to `question` when `best` came first.
Because answer(Because question, const Ranking& ranking, const Size& present) {
    if (question != Because::stays || ranking.best.size == present) {
        return question;
    }
    const bool is_for_price = ranking.staying.fit == ranking.best.fit;
    return is_for_price ? Because::cheaper : Because::peak_at_max;
}

}  // namespace

Choice choose(const Settings& settings, const Inputs& inputs, State& state) {
    const Round round{settings, inputs, state};
    Choice choice{.from = inputs.current, .to = inputs.current, .because = round.question()};
    if (choice.because != Because::not_due) {
        choice.ranking = round.ranking();
        choice.to.size = choice.ranking->best.size;
        choice.because = answer(choice.because, *choice.ranking, inputs.current.size);
    }
    choice.to.replicas = round.count_at(choice.to.size);
    choice.is_too_small = round.is_too_small(choice.to.size);
    choice.memory_is_beyond = round.memory_is_beyond();
    if (choice.because == Because::stays) {
        state.reviewed = inputs.now;
    }
    if (round.is_known() && std::isfinite(round.demand().count)) {
        note(state.seen, round.demand(), inputs.now, settings.watched);
    }
    return choice;
}

Ranking compared(const Settings& settings, const Inputs& inputs, const State& state) {
    return Round{settings, inputs, state}.ranking();
}

Replicas converted(Replicas count, Cores from, Cores to) {
    return replicas_for({count.count * from.count}, to, Replicas{});
}

}  // namespace tided::policy::joint
