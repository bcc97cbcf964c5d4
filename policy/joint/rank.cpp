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
    bool is_present = false;

    [[nodiscard]] double carried() const { return most.count * use.load.count; }
};

/// 2 x 3 CPU carry no more than 6 x 1 CPU, whatever the last bits say.
constexpr double as_much = 1.0 + 1e-9;

bool is_better(const Entry& a, const Entry& b) {
    if (a.fit != b.fit) {
        return a.fit > b.fit;
    }
    if (a.fit != Fit::carries_all) {
        const bool is_tie =
            std::max(a.carried(), b.carried()) <= as_much * std::min(a.carried(), b.carried());
        if (!is_tie || b.is_present) {
            return !is_tie && a.carried() > b.carried();
        }
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
        : question_(question),
          tariff_(tariff_of(question.settings)),
          raised_(1.0 + question.settings.margin.value) {
        const Settings& settings = question.settings;
        present_ = entry(question.present,
                         step_of(carried_by(question.present.cpu, settings), 1.0),
                         step_of(carried_by(question.present.memory, question.need, settings), 1.0),
                         1.0);
        if (!settings.grid.spans(question.present)) {
            present_.fit = Fit::not_allowed;
        }
        leaving_ = present_.use;
        leaving_.replicas = allowed(step_of(present_.use.load, raised_).replicas, present_.most);
        best_ = present_;
    }

    Ranking run() {
        const Settings& settings = question_.settings;
        const Cores widest = carried_by(settings.grid.cpu.largest(), settings);
        std::array<Step, most_steps> by_memory{};
        for (std::size_t i = 0; i < settings.grid.memory.all().size(); ++i) {
            const Bytes memory = settings.grid.memory.all()[i];
            by_memory[i].load = carried_by(memory, question_.need, settings);
            if (by_memory[i].load < widest) {  // or it never asks for more than CPU does
                by_memory[i] = step_of(by_memory[i].load, raised_);
            }
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
        if (question_.least.count <= 0) {
            return load;
        }
        return std::min(load, Cores{question_.seen.peak.count * factor / question_.least.count});
    }

    [[nodiscard]] Fit fit_of(const Entry& entry, double factor) const {
        if (entry.most < question_.least) {
            return Fit::too_few;
        }
        const auto carries = [&](Cores demand) {
            return replicas_for(demand, entry.use.load, question_.least) <= entry.most;
        };
        const Cores peak{question_.seen.peak.count * factor};
        if (carries(std::max(question_.demand, peak))) {
            return Fit::carries_all;
        }
        return carries(question_.demand) ? Fit::carries_now : Fit::too_small;
    }

    [[nodiscard]] static double allowed(double replicas, Replicas most) {
        return std::min(replicas, static_cast<double>(most.count));
    }

    /// A size at the demand that was seen, times `factor`.
    [[nodiscard]] Entry entry(const Size& size, Step by_cpu, Step by_memory, double factor) const {
        const Settings& settings = question_.settings;
        const Replicas most = most_of(size, settings);
        const double replicas = std::max(by_cpu.replicas, by_memory.replicas);
        const bool is_present = size == question_.present;
        Entry entry{.use = {.size = size,
                            .replicas = allowed(replicas, most),
                            .load = std::min(by_cpu.load, by_memory.load)},
                    .most = most,
                    .is_present = is_present};
        entry.fit = by_memory.load > Cores{} ? fit_of(entry, factor) : Fit::not_allowed;
        Use highest = entry.use;
        highest.load = highest_load(entry.use.load, factor);
        entry.price.hire = hire_price(entry.use, tariff_);
        entry.price.risk = risk_price(highest, question_.tail, question_.need.model, tariff_);
        if (!is_present) {
            entry.price.change = change_price(leaving_, entry.use, tariff_, settings.resizing);
        }
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
                .carries = {entry.carried()},
                .fit = entry.fit,
                .change = change_between(question_.present, entry.use.size, settings.resizing),
                .price = entry.price};
    }

    const Question& question_;
    Tariff tariff_;
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
