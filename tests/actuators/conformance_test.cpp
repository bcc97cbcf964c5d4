// What every actuator must show, written once and run over all of them with their fakes: a row per
// kind. A new provider adds its bench and its row.
#include <array>
#include <functional>
#include <optional>

#include <doctest/doctest.h>

#include "actuators/actuators.h"
#include "actuators/json_fields.h"
#include "tests/support/await.h"
#include "tests/support/fake_kubernetes.h"
#include "tests/support/fake_processes.h"

using namespace tided;
using namespace tided::actuators;
using namespace std::chrono_literals;
using tided::support::await;
using tided::support::FakeKubernetes;
using tided::support::FakeProcesses;
using tided::support::Fault;
using tided::support::refuse;

namespace {

/// What can be made to happen to the next write.
enum class Trouble : std::uint8_t {
    refused,
    throttled,
    forbidden,
    gone,
    conflicting,
    hanging,
    garbled,
    lost_answer
};

/// An actuator on a provider that exists in memory and starts with three, all ready.
class Bench {
public:
    Bench() = default;
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;
    virtual ~Bench() = default;

    virtual Actuator& pool() = 0;
    /// How many the provider has been asked for, by its own account.
    virtual std::int32_t capacity() = 0;
    /// How often something was written, started or stopped.
    virtual std::size_t acts() = 0;
    virtual void somebody_scales_to(std::int32_t replicas) = 0;
    /// False where this kind has no such trouble.
    virtual bool make(Trouble trouble) = 0;

    Outcome apply(std::int32_t from, std::int32_t to) { return apply(pool(), from, to); }
    Outcome apply(Actuator& face, std::int32_t from, std::int32_t to) {
        const Step step{.id = "b-1", .policy = "day", .pool = "web", .from = {from}, .to = {to}};
        const Outcome outcome = await(face.apply(step, now_, {}));
        (void)await(face.tend(now_, {}));
        return outcome;
    }
    Result<Observed> observe() { return await(pool().observe(now_, {})); }
    [[nodiscard]] TimePoint now() const { return now_; }

protected:
    TimePoint now_{1000s};
};

class PoolBench final : public Bench {
public:
    PoolBench() {
        for (int i = 0; i < 3; ++i) {
            (void)await(pool_->tend(now_, {}));
        }
    }
    Actuator& pool() override { return *pool_; }
    std::int32_t capacity() override { return static_cast<std::int32_t>(host_.alive().size()); }
    std::size_t acts() override {
        std::size_t acts = host_.all().size();
        for (const auto& process : host_.all()) {
            acts += process.signals.size();
        }
        return acts;
    }
    void somebody_scales_to(std::int32_t replicas) override {
        CHECK(apply(3, replicas).error == Error{});
    }
    bool make(Trouble trouble) override {
        if (trouble == Trouble::conflicting) {
            somebody_scales_to(7);
            return true;
        }
        return false;
    }

private:
    FakeProcesses host_;
    std::unique_ptr<Actuator> pool_ = make_actuator(ProcessPoolSpec{.name = "web",
                                                                    .command = {"/bin/worker"},
                                                                    .environment = {},
                                                                    .directory = {},
                                                                    .probe = {},
                                                                    .initial = Replicas{3}},
                                                    {.processes = &host_, .state_id = "s1"})
                                          .value();
};

class ExecBench final : public Bench {
public:
    ExecBench() {
        host_.program = [this](const FakeProcesses::Run& run) { return answer(run); };
    }
    Actuator& pool() override { return *pool_; }
    std::int32_t capacity() override { return replicas_; }
    std::size_t acts() override { return acts_; }
    void somebody_scales_to(std::int32_t replicas) override { replicas_ = replicas; }
    bool make(Trouble trouble) override {
        trouble_ = trouble;
        return true;
    }

private:
    Result<Finished> answer(const FakeProcesses::Run& run) {
        const auto request = parse_object(run.input).value();
        if (text_field(request, "request") == "observe") {
            const std::string n = std::to_string(replicas_);
            return printed(R"({"replicas":)" + n + R"(,"ready":)" + n + "}");
        }
        const auto* step = object_field(request, "step");
        const auto trouble = std::exchange(trouble_, std::nullopt);
        return trouble ? in_trouble(*trouble, *step) : act(*step);
    }
    /// The user's program as it should be: compare-and-swap, idempotent.
    Result<Finished> act(const boost::json::object& step) {
        const std::int32_t to = replicas_field(step, "to")->count;
        if (replicas_ != to) {
            if (replicas_ != replicas_field(step, "from")->count) {
                return printed(R"({"outcome":"refused","message":"changed meanwhile"})");
            }
            replicas_ = to;
            ++acts_;
        }
        return printed(R"({"outcome":"done"})");
    }
    Result<Finished> in_trouble(Trouble trouble, const boost::json::object& step) {
        switch (trouble) {
            case Trouble::refused:
                return printed(R"({"outcome":"refused","code":"invalid_input"})");
            case Trouble::throttled:
                return printed(R"({"outcome":"failed","code":"throttled","after":"7s"})");
            case Trouble::forbidden:
                return printed(R"({"outcome":"refused","code":"forbidden"})");
            case Trouble::gone:
                return printed(R"({"outcome":"refused","code":"not_found"})");
            case Trouble::conflicting:
                replicas_ = 7;
                return act(step);
            case Trouble::hanging:
                return killed();
            case Trouble::garbled:
                (void)act(step);
                return printed("<done/>");
            case Trouble::lost_answer:
                (void)act(step);
                return killed();
        }
        return printed("");
    }
    static tl::unexpected<Error> killed() {
        return fail(Error{.code = ErrorCode::timed_out,
                          .message = "killed at its deadline",
                          .effect = Effect::unknown});
    }
    static Finished printed(std::string output) {
        return {.exit = {}, .output = std::move(output), .diagnostics = {}};
    }

    FakeProcesses host_;
    std::int32_t replicas_ = 3;
    std::size_t acts_ = 0;
    std::optional<Trouble> trouble_;
    std::unique_ptr<Actuator> pool_ = make_actuator(ExecSpec{.name = "web",
                                                             .observe = {"/opt/observe"},
                                                             .apply = {"/opt/apply"},
                                                             .environment = {},
                                                             .directory = {}},
                                                    {.processes = &host_, .state_id = {}})
                                          .value();
};

class KubernetesBench final : public Bench {
public:
    KubernetesBench() { api_.add(path_, 3); }
    Actuator& pool() override { return *pool_; }
    std::int32_t capacity() override { return api_.at(path_).wanted; }
    std::size_t acts() override { return api_.transport.count("PUT"); }
    void somebody_scales_to(std::int32_t replicas) override { api_.scale(path_, replicas); }
    bool make(Trouble trouble) override {
        Fault fault{.kind = Fault::Kind::lost_answer, .method = "PUT"};
        switch (trouble) {
            case Trouble::refused:
                fault = refuse(422, "Invalid", "PUT");
                break;
            case Trouble::throttled:
                fault = refuse(429, "TooManyRequests", "PUT");
                fault.response.headers = {{"Retry-After", "7"}};
                break;
            case Trouble::forbidden:
                fault = refuse(403, "Forbidden", "PUT");
                break;
            case Trouble::gone:
                fault = refuse(410, "Gone", "PUT");
                break;
            case Trouble::conflicting:
                somebody_scales_to(7);
                return true;
            case Trouble::hanging:
                fault.kind = Fault::Kind::lost_request;
                break;
            case Trouble::garbled:
                fault.kind = Fault::Kind::garbled;
                fault.response.body = "<html>";
                break;
            case Trouble::lost_answer:
                break;
        }
        api_.transport.add(fault);
        return true;
    }

private:
    std::string path_ = "/apis/apps/v1/namespaces/prod/deployments/web";
    FakeKubernetes api_;
    std::unique_ptr<Actuator> pool_ =
        make_actuator(KubernetesSpec{.name = "web", .workload = "deployment/prod/web"},
                      {.transport = &api_.transport, .state_id = {}})
            .value();
};

struct Row {
    const char* kind;
    std::unique_ptr<Bench> (*make)();
};

template <typename Kind>
std::unique_ptr<Bench> made() {
    return std::make_unique<Kind>();
}

const std::array<Row, 3> kinds{{{"process_pool", &made<PoolBench>},
                                {"exec", &made<ExecBench>},
                                {"kubernetes", &made<KubernetesBench>}}};

/// A write that may have happened is either asked again (pending) or told as such.
bool is_unsure(const Outcome& outcome) {
    return outcome.kind == OutcomeKind::pending ||
           (outcome.kind == OutcomeKind::failed && outcome.error.effect == Effect::unknown);
}

}  // namespace

TEST_CASE("every actuator: an observation is complete and stamped") {
    for (const Row& row : kinds) {
        INFO(row.kind);
        const auto bench = row.make();
        CHECK(bench->observe().value() ==
              Observed{.replicas = {3}, .present = {3}, .ready = {3}, .at = bench->now()});
        CHECK_FALSE(bench->pool().identity().empty());
    }
}

TEST_CASE("every actuator: the same step again changes nothing more") {
    for (const Row& row : kinds) {
        INFO(row.kind);
        const auto bench = row.make();
        CHECK(bench->apply(3, 5) == Outcome::done());
        CHECK(bench->capacity() == 5);
        const std::size_t acts = bench->acts();
        CHECK(bench->apply(3, 5) == Outcome::done());
        CHECK(bench->acts() == acts);
        CHECK(bench->capacity() == 5);
        CHECK(bench->observe().value().replicas == Replicas{5});
    }
}

TEST_CASE("every actuator: a step that rests on an old number is refused") {
    for (const Row& row : kinds) {
        INFO(row.kind);
        const auto bench = row.make();
        CHECK(bench->make(Trouble::conflicting));
        const Outcome outcome = bench->apply(3, 5);
        CHECK(outcome.kind == OutcomeKind::refused);
        CHECK(outcome.error.code == ErrorCode::conflict);
        CHECK(bench->capacity() == 7);
    }
}

TEST_CASE("every actuator: a lost answer never doubles capacity") {
    for (const Row& row : kinds) {
        for (const Trouble trouble : {Trouble::lost_answer, Trouble::garbled, Trouble::hanging}) {
            const auto bench = row.make();
            INFO(row.kind << " trouble " << static_cast<int>(trouble));
            if (!bench->make(trouble)) {
                continue;
            }
            CHECK(is_unsure(bench->apply(3, 5)));
            CHECK(bench->apply(3, 5) == Outcome::done());
            CHECK(bench->capacity() == 5);
            CHECK(bench->acts() <= 2);
        }
    }
}

TEST_CASE("every actuator: troubles are told apart") {
    struct Told {
        Trouble trouble;
        OutcomeKind kind;
        ErrorCode code;
    };
    const std::array<Told, 4> troubles{
        {{Trouble::refused, OutcomeKind::refused, ErrorCode::invalid_input},
         {Trouble::throttled, OutcomeKind::failed, ErrorCode::throttled},
         {Trouble::forbidden, OutcomeKind::refused, ErrorCode::forbidden},
         {Trouble::gone, OutcomeKind::refused, ErrorCode::not_found}}};
    for (const Row& row : kinds) {
        for (const Told& told : troubles) {
            const auto bench = row.make();
            INFO(row.kind << " trouble " << static_cast<int>(told.trouble));
            if (!bench->make(told.trouble)) {
                continue;
            }
            const Outcome outcome = bench->apply(3, 5);
            CHECK(outcome.kind == told.kind);
            CHECK(outcome.error.code == told.code);
            CHECK(outcome.error.effect == Effect::none);
            const bool is_throttled = told.trouble == Trouble::throttled;
            CHECK(outcome.error.retry_after ==
                  (is_throttled ? std::optional<Duration>{7s} : std::nullopt));
            CHECK(bench->capacity() == 3);
        }
    }
}

TEST_CASE("every actuator: a dry run asks everything and does nothing") {
    for (const Row& row : kinds) {
        INFO(row.kind);
        const auto bench = row.make();
        const auto rehearsal = make_dry_run(bench->pool());
        const std::size_t acts = bench->acts();
        CHECK(bench->apply(*rehearsal, 3, 5) == Outcome::done());
        CHECK(bench->acts() == acts);
        CHECK(bench->capacity() == 3);
        CHECK(await(rehearsal->observe(bench->now(), {})) == bench->observe());
        CHECK(rehearsal->identity() == bench->pool().identity());
        CHECK(rehearsal->checkpoint() == bench->pool().checkpoint());
        CHECK(rehearsal->trouble() == bench->pool().trouble());
        CHECK(rehearsal->restarts() == bench->pool().restarts());
        await(rehearsal->close(Closing::for_now, bench->now(), {}));
        CHECK(bench->capacity() == 3);
    }
}
