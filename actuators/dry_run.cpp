// Dry run: the last link of the chain replaced. Whatever only asks passes through; a step answers
// as if it had been done. Upkeep is no step: a pool that was acted on before keeps what it has (see
// Actuator::keep_up), so that rehearsing does not cost live replicas. The actuator itself stays
// with its owner, who restores and closes it.
#include "actuators/actuators.h"

namespace tided::actuators {

namespace {

class DryRun final : public Actuator {
public:
    explicit DryRun(Actuator& inner) : inner_(inner) {}

    [[nodiscard]] std::string identity() const override { return inner_.identity(); }

    [[nodiscard]] boost::asio::awaitable<Result<Observed>> observe(TimePoint now,
                                                                   Deadline deadline) override {
        return inner_.observe(now, deadline);
    }

    [[nodiscard]] boost::asio::awaitable<Outcome> apply(Step /*step*/,
                                                        TimePoint /*now*/,
                                                        Deadline /*deadline*/) override {
        co_return Outcome::done();
    }

    [[nodiscard]] boost::asio::awaitable<Duration> tend(TimePoint now, Deadline deadline) override {
        return inner_.keep_up(now, deadline);
    }

    [[nodiscard]] boost::asio::awaitable<Duration> keep_up(TimePoint now,
                                                           Deadline deadline) override {
        return inner_.keep_up(now, deadline);
    }

    [[nodiscard]] std::string checkpoint() const override { return inner_.checkpoint(); }

    [[nodiscard]] std::string trouble() const override { return inner_.trouble(); }

    [[nodiscard]] std::uint64_t restarts() const override { return inner_.restarts(); }

    [[nodiscard]] std::vector<Note> take_notes() override { return inner_.take_notes(); }

private:
    Actuator& inner_;
};

}  // namespace

std::unique_ptr<Actuator> make_dry_run(Actuator& inner) {
    return std::make_unique<DryRun>(inner);
}

}  // namespace tided::actuators
