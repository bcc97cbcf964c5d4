// The actuator over a scale subresource.
#include "actuators/kubernetes/kubernetes.h"

#include <algorithm>
#include <string>
#include <utility>

#include "actuators/kubernetes/answer.h"
#include "actuators/kubernetes/scale.h"
#include "actuators/kubernetes/workload.h"

namespace tided::actuators {

namespace {

using boost::asio::awaitable;
using kubernetes::Scale;

constexpr int write_attempts = 5;
constexpr Duration look_again{1000};

/// No again and again of the same will change this answer.
bool is_final(ErrorCode code) {
    return !is_transient(code) && code != ErrorCode::corrupt && code != ErrorCode::cancelled;
}

class Kubernetes final : public Actuator {
public:
    Kubernetes(kubernetes::Workload workload, Transport& transport)
        : workload_(std::move(workload)),
          identity_(kubernetes::identity(workload_)),
          transport_(transport) {}

    [[nodiscard]] std::string identity() const override { return identity_; }
    [[nodiscard]] awaitable<Result<Observed>> observe(TimePoint now, Deadline deadline) override;
    [[nodiscard]] awaitable<Outcome> apply(Step step, TimePoint now, Deadline deadline) override;
    [[nodiscard]] std::vector<Note> take_notes() override { return std::exchange(notes_, {}); }

private:
    enum class Write : std::uint8_t { landed, lost_race, over };
    struct Written {
        Write write = Write::over;
        Outcome outcome;  ///< only with over
    };

    [[nodiscard]] awaitable<Result<std::string>> get(std::string path, Deadline deadline);
    [[nodiscard]] awaitable<Result<Scale>> scale(Deadline deadline);
    [[nodiscard]] awaitable<Result<Replicas>> ready(Replicas present, Deadline deadline);
    [[nodiscard]] awaitable<Written> write(Scale seen, Replicas wanted, Deadline deadline);
    [[nodiscard]] Written read_written(const Response& response, Replicas wanted);
    [[nodiscard]] Written lost(const std::string& why);
    [[nodiscard]] Outcome over(Error error, const char* doing) const;
    [[nodiscard]] Outcome changed(const Step& step, Replicas found) const;

    kubernetes::Workload workload_;
    std::string identity_;
    Transport& transport_;
    bool guesses_ready_ = false;  ///< told already
    std::vector<Note> notes_;
};

awaitable<Result<std::string>> Kubernetes::get(std::string path, Deadline deadline) {
    Request request;
    request.path = std::move(path);
    request.headers.emplace_back("Accept", "application/json");
    auto response = co_await transport_.send(std::move(request), deadline);
    Error error;
    if (!response) {
        error = std::move(response).error();
        error.effect = Effect::none;  // reading changes nothing
    } else if (!kubernetes::is_success(*response)) {
        error = kubernetes::error_of(*response);
    } else {
        co_return std::move(response->body);
    }
    co_return fail(std::move(error));
}

awaitable<Result<Scale>> Kubernetes::scale(Deadline deadline) {
    const auto body = co_await get(kubernetes::scale_path(workload_), deadline);
    auto read = body ? kubernetes::read_scale(*body) : fail(body.error());
    if (!read) {
        co_return fail(std::move(read).error().within("reading the scale of " + identity_));
    }
    co_return read;
}

awaitable<Result<Replicas>> Kubernetes::ready(Replicas present, Deadline deadline) {
    const auto body = co_await get(kubernetes::object_path(workload_), deadline);
    auto read = body ? kubernetes::read_ready(workload_, *body) : fail(body.error());
    // Scaling a custom resource may be allowed where reading it is not.
    if (!read && !workload_.is_built_in && read.error().code == ErrorCode::forbidden) {
        if (!std::exchange(guesses_ready_, true)) {
            notes_.push_back({.level = Note::Level::warn,
                              .text = identity_ + " may not be read (" + read.error().message +
                                      "): all that exist count as ready"});
        }
        co_return present;
    }
    if (!read) {
        co_return fail(
            std::move(read).error().within("reading how many of " + identity_ + " are ready"));
    }
    co_return std::min(read->value_or(present), present);
}

awaitable<Result<Observed>> Kubernetes::observe(TimePoint now, Deadline deadline) {
    const auto seen = co_await scale(deadline);
    if (!seen) {
        co_return fail(seen.error());
    }
    const auto serving = co_await ready(seen->present, deadline);
    if (!serving) {
        co_return fail(serving.error());
    }
    co_return Observed{
        .replicas = seen->wanted, .present = seen->present, .ready = *serving, .at = now};
}

awaitable<Outcome> Kubernetes::apply(Step step, TimePoint /*now*/, Deadline deadline) {
    for (int attempt = 0; attempt < write_attempts; ++attempt) {
        const auto seen = co_await scale(deadline);
        if (!seen) {
            co_return over(seen.error(), "");
        }
        if (seen->wanted == step.to) {
            co_return Outcome::done();
        }
        if (seen->wanted != step.from) {
            co_return changed(step, seen->wanted);
        }
        const Written written = co_await write(*seen, step.to, deadline);
        if (written.write == Write::over) {
            co_return written.outcome;
        }
        if (written.write == Write::landed) {
            co_return Outcome::done();
        }
    }
    co_return Outcome::failed({.code = ErrorCode::conflict,
                               .message = "scaling " + identity_ +
                                          ": something else wrote in between, " +
                                          std::to_string(write_attempts) + " times in a row"});
}

awaitable<Kubernetes::Written> Kubernetes::write(Scale seen, Replicas wanted, Deadline deadline) {
    Request request;
    request.method = "PUT";
    request.path = kubernetes::scale_path(workload_) + "?fieldManager=tided";
    request.headers.emplace_back("Accept", "application/json");
    request.content_type = "application/json";
    request.body = kubernetes::write_scale(workload_, seen, wanted);
    const auto response = co_await transport_.send(std::move(request), deadline);
    if (response) {
        co_return read_written(*response, wanted);
    }
    if (response.error().effect == Effect::unknown) {
        co_return lost(response.error().message);
    }
    co_return Written{.outcome = over(response.error(), "scaling ")};
}

Kubernetes::Written Kubernetes::read_written(const Response& response, Replicas wanted) {
    if (response.status == 409) {
        return {.write = Write::lost_race, .outcome = {}};
    }
    if (!kubernetes::is_success(response)) {
        Error error = kubernetes::error_of(response);
        error.effect = kubernetes::effect_of_write(response);
        return {.outcome = over(std::move(error), "scaling ")};
    }
    const auto stored = kubernetes::read_scale(response.body);
    if (!stored) {
        return lost(stored.error().message);
    }
    if (stored->wanted != wanted) {
        return {.outcome =
                    Outcome::refused({.code = ErrorCode::conflict,
                                      .message = "scaling " + identity_ + ": " + to_string(wanted) +
                                                 " was asked for, but the API server stored " +
                                                 to_string(stored->wanted)})};
    }
    return {.write = Write::landed, .outcome = {}};
}

/// The write may be there or not: the next ask looks.
Kubernetes::Written Kubernetes::lost(const std::string& why) {
    notes_.push_back(
        {.level = Note::Level::warn,
         .text = "the answer to scaling " + identity_ + " was lost (" + why + "): looking again"});
    return {.outcome = Outcome::pending(look_again)};
}

Outcome Kubernetes::over(Error error, const char* doing) const {
    const bool refuses = is_final(error.code) && error.effect == Effect::none;
    if (*doing != '\0') {
        error = std::move(error).within(doing + identity_);
    }
    return refuses ? Outcome::refused(std::move(error)) : Outcome::failed(std::move(error));
}

Outcome Kubernetes::changed(const Step& step, Replicas found) const {
    return Outcome::refused({.code = ErrorCode::conflict,
                             .message = identity_ + " is " + to_string(found) + " large, not " +
                                        to_string(step.from) + " as the step expects"});
}

}  // namespace

Result<std::unique_ptr<Actuator>> make_kubernetes(const KubernetesSpec& spec, const Ports& ports) {
    auto workload = kubernetes::parse_workload(spec.workload);
    if (!workload) {
        return fail(std::move(workload).error().within("pool " + spec.name));
    }
    return std::make_unique<Kubernetes>(*std::move(workload), *ports.transport);
}

}  // namespace tided::actuators
