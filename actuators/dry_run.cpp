// Dry run: the last link of the chain replaced. Whatever only asks passes through; whatever would
// act answers as if it had, and the checkpoint of the last acting run is handed back unchanged.
#include "actuators/actuators.h"

namespace tided::actuators {

namespace {

class DryRun final : public Actuator {
public:
    explicit DryRun(std::unique_ptr<Actuator> inner) : inner_(std::move(inner)) {}

    [[nodiscard]] std::string identity() const override { return inner_->identity(); }

    [[nodiscard]] boost::asio::awaitable<Result<Observed>> observe(TimePoint now,
                                                                   Deadline deadline) override {
        return inner_->observe(now, deadline);
    }

    [[nodiscard]] boost::asio::awaitable<Outcome> apply(Step /*step*/,
                                                        TimePoint /*now*/,
                                                        Deadline /*deadline*/) override {
        co_return Outcome::done();
    }

    [[nodiscard]] std::string checkpoint() const override { return checkpoint_; }

    [[nodiscard]] Status restore(const std::string& checkpoint, TimePoint now) override {
        checkpoint_ = checkpoint;
        return inner_->restore(checkpoint, now);
    }

    [[nodiscard]] std::vector<Note> take_notes() override { return inner_->take_notes(); }

private:
    std::unique_ptr<Actuator> inner_;
    std::string checkpoint_;
};

}  // namespace

std::unique_ptr<Actuator> make_dry_run(std::unique_ptr<Actuator> inner) {
    return std::make_unique<DryRun>(std::move(inner));
}

}  // namespace tided::actuators
