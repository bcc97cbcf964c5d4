#include "policy/joint/rank.h"

#include <algorithm>

namespace tided::policy::joint {

namespace {

/// What a size carries and costs, while it competes.
struct Entry {
    Use use{};
    Replicas most{};
    Fit fit{};
    Parts price{};

    [[nodiscard]] double carried() const { return most.count * use.load.count; }
};

bool is_better(const Entry& a, const Entry& b) {
    if (a.fit != b.fit) {
        return a.fit > b.fit;
    }
    if (a.fit <= Fit::too_small && a.carried() != b.carried()) {
        return a.carried() > b.carried();
    }
    return a.price.total() < b.price.total();
}

/// What one step of an axis carries alone. A size carries the smaller of its two loads and so needs
/// the larger of its two counts: sizes share the work of their steps.
struct Step {
    Cores load{};
    double replicas = 0.0;  ///< on average
};

class Contest {
public:
    explicit Contest(const Question& question)
        : question_(question), raised_(1.0 + question.settings.margin.value) {
        const Settings& settings = question.settings;
        present_ = entry(question.present,
                         step_of(carried_by(question.present.cpu, settings), 1.0),
                         step_of(carried_by(question.present.memory, question.need, settings), 1.0),
                         1.0);
        leaving_ = present_.use;
        leaving_.replicas = step_of(present_.use.load, raised_).replicas;
        best_ = present_;
    }

    Ranking run() {
        const Settings& settings = question_.settings;
        std::array<Step, most_steps> by_memory{};
        for (std::size_t i = 0; i < settings.grid.memory.all().size(); ++i) {
            const Bytes memory = settings.grid.memory.all()[i];
            by_memory[i] = step_of(carried_by(memory, question_.need, settings), raised_);
        }
        for (const MilliCpu cpu : settings.grid.cpu.all()) {
            const Step by_cpu = step_of(carried_by(cpu, settings), raised_);
            for (std::size_t i = 0; i < settings.grid.memory.all().size(); ++i) {
                const Size size{cpu, settings.grid.memory.all()[i]};
                if (size != question_.present) {
                    enter(entry(size, by_cpu, by_memory[i], raised_));
                }
            }
        }
        Ranking ranking{.best = priced(best_), .staying = priced(present_)};
        if (has_second_) {
            ranking.runner_up = priced(second_);
        }
        return ranking;
    }

private:
    [[nodiscard]] Step step_of(Cores load, double factor) const {
        return {load, mean_count(question_.seen, factor, load, question_.least)};
    }

    /// Cores of work that a replica is ever asked to carry. It only rises with what was seen.
    [[nodiscard]] Cores highest_load(Cores load, double factor) const {
        const double spread = question_.seen.peak.count * factor / question_.least.count;
        return question_.least.count > 0 ? std::min(load, Cores{spread}) : load;
    }

    /// Every size but the present one is on the grid.
    [[nodiscard]] Fit fit_of(const Entry& entry, double factor) const {
        const Grid& grid = question_.settings.grid;
        const auto [cpu, memory] = entry.use.size;
        const auto carries = [&](Cores demand) {
            return replicas_for(demand, entry.use.load, question_.least) <= entry.most;
        };
        if (!grid.cpu.spans(cpu) || !grid.memory.spans(memory) ||
            !(carried_by(memory, question_.need, question_.settings).count > 0.0)) {
            return Fit::not_allowed;
        }
        if (!carries(question_.demand)) {
            return Fit::too_small;
        }
        return carries({question_.seen.peak.count * factor}) ? Fit::carries_all : Fit::carries_now;
    }

    /// A size at the demand that was seen, times `factor`.
    [[nodiscard]] Entry entry(const Size& size, Step by_cpu, Step by_memory, double factor) const {
        const Settings& settings = question_.settings;
        Entry entry{.use = {.size = size,
                            .replicas = std::max(by_cpu.replicas, by_memory.replicas),
                            .load = std::min(by_cpu.load, by_memory.load)},
                    .most = most_of(size, settings)};
        entry.fit = fit_of(entry, factor);
        Use highest = entry.use;
        highest.load = highest_load(entry.use.load, factor);
        entry.price = {.hire = hire_price(entry.use, settings.prices),
                       .risk = risk_price(highest, question_.tail, question_.need.model, settings),
                       .change = size == question_.present
                                     ? Price{}
                                     : change_price(leaving_, entry.use, settings)};
        return entry;
    }

    void enter(const Entry& entry) {
        if (is_better(entry, best_)) {
            second_ = best_;
            best_ = entry;
        } else if (!has_second_ || is_better(entry, second_)) {
            second_ = entry;
        }
        has_second_ = true;
    }

    [[nodiscard]] Priced priced(const Entry& entry) const {
        const Settings& settings = question_.settings;
        const Replicas needed = replicas_for(question_.demand, entry.use.load, question_.least);
        return {.size = entry.use.size,
                .replicas = std::min(needed, entry.most),
                .fit = entry.fit,
                .change = change_between(question_.present, entry.use.size, settings.resizing),
                .price = entry.price};
    }

    const Question& question_;
    double raised_;
    Entry present_{};
    Use leaving_{};  ///< the present size at the demand that the others are priced at
    Entry best_{};
    Entry second_{};
    bool has_second_ = false;
};

}  // namespace

Ranking rank(const Question& question) {
    return Contest{question}.run();
}

}  // namespace tided::policy::joint
