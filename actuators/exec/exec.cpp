// Runs the two programs and turns every way they can end into an observation or one clear error.
#include "actuators/exec/exec.h"

#include <string>
#include <utility>

#include "actuators/exec/protocol.h"
#include "actuators/json_fields.h"
#include "actuators/process.h"

namespace tided::actuators {

namespace {

using boost::asio::awaitable;

constexpr std::size_t shown = 200;

std::string last_line(std::string_view diagnostics) {
    const auto end = diagnostics.find_last_not_of(" \t\r\n");
    if (end == std::string_view::npos) {
        return {};
    }
    diagnostics = diagnostics.substr(0, end + 1);
    const auto line = diagnostics.find_last_of('\n');
    return excerpt(diagnostics.substr(line == std::string_view::npos ? 0 : line + 1), shown);
}

/// The error with the program's own last words, if it left any.
Error with_last_words(Error error, const Finished& finished) {
    const std::string words = last_line(finished.diagnostics);
    if (!words.empty()) {
        error.message += " (its last words: " + words + ")";
    }
    return error;
}

class Exec final : public Actuator {
public:
    Exec(const ExecSpec& spec, Processes& processes) : spec_(spec), processes_(processes) {}

    [[nodiscard]] std::string identity() const override { return "exec/" + spec_.name; }
    [[nodiscard]] awaitable<Result<Observed>> observe(TimePoint now, Deadline deadline) override;
    [[nodiscard]] awaitable<Outcome> apply(Step step, TimePoint now, Deadline deadline) override;

private:
    [[nodiscard]] awaitable<Result<Finished>> run(std::vector<std::string> argv,
                                                  std::string request,
                                                  Deadline deadline);
    [[nodiscard]] Error within(Error error, const char* program) const {
        return std::move(error).within("pool " + spec_.name + ": " + program + " program");
    }

    ExecSpec spec_;
    Processes& processes_;
};

awaitable<Result<Finished>> Exec::run(std::vector<std::string> argv,
                                      std::string request,
                                      Deadline deadline) {
    Command command{
        .argv = std::move(argv), .environment = spec_.environment, .directory = spec_.directory};
    auto finished = co_await processes_.run(
        std::move(command), std::move(request), spec_.output_limit, deadline);
    if (!finished) {
        co_return finished;
    }
    if (finished->exit != Exit{}) {
        co_return fail(with_last_words({.code = ErrorCode::unavailable,
                                        .message = "it " + to_string(finished->exit),
                                        .effect = Effect::unknown},
                                       *finished));
    }
    co_return finished;
}

awaitable<Result<Observed>> Exec::observe(TimePoint now, Deadline deadline) {
    const auto finished = co_await run(spec_.observe, exec::observe_request(spec_.name), deadline);
    auto observed = finished ? exec::read_observed(finished->output, now) : fail(finished.error());
    if (!observed) {
        Error error = std::move(observed).error();
        error.effect = Effect::none;
        co_return fail(within(
            finished ? with_last_words(std::move(error), *finished) : std::move(error), "observe"));
    }
    co_return observed;
}

awaitable<Outcome> Exec::apply(Step step, TimePoint /*now*/, Deadline deadline) {
    const auto finished =
        co_await run(spec_.apply, exec::apply_request(spec_.name, step), deadline);
    if (!finished) {
        co_return Outcome::failed(within(finished.error(), "apply"));
    }
    auto outcome = exec::read_outcome(finished->output);
    if (!outcome) {
        Error error = std::move(outcome).error();
        error.effect = Effect::unknown;
        co_return Outcome::failed(within(with_last_words(std::move(error), *finished), "apply"));
    }
    if (!outcome->error.message.empty()) {
        outcome->error = within(std::move(outcome->error), "apply");
    }
    co_return *std::move(outcome);
}

}  // namespace

Result<std::unique_ptr<Actuator>> make_exec(const ExecSpec& spec, const Ports& ports) {
    for (const auto* argv : {&spec.observe, &spec.apply}) {
        if (argv->empty() || argv->front().empty()) {
            return fail(ErrorCode::invalid_input,
                        "pool " + spec.name + ": it needs both an observe and an apply program");
        }
    }
    return std::make_unique<Exec>(spec, *ports.processes);
}

}  // namespace tided::actuators
