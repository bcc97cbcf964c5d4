// FakeControl: a daemon made of plain values for tests of the HTTP interface. It records the
// orders it gets and answers them as told.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "daemon/server/routes.h"

namespace tided::testing {

struct FakePolicies final : daemon::PolicyViews {
    std::vector<daemon::PolicyView> views;

    [[nodiscard]] std::size_t count() const override { return views.size(); }
    [[nodiscard]] const daemon::PolicyView& at(std::size_t index) const override {
        return views[index];
    }
    [[nodiscard]] const daemon::PolicyView* find(std::string_view name) const override {
        for (const daemon::PolicyView& view : views) {
            if (view.name == name) {
                return &view;
            }
        }
        return nullptr;
    }
};

/// A policy named `name` with one fresh metric, decided at 2027-01-15T08:00:00Z.
inline daemon::PolicyView policy_view(std::string name) {
    daemon::PolicyView view;
    view.name = std::move(name);
    view.pool = "web";
    view.provider = "kapsule";
    view.mode = "act";
    view.min = {2};
    view.max = {40};
    view.min_now = {3};
    view.max_now = {30};
    view.current = Replicas{4};
    view.ready = Replicas{4};
    view.desired = Replicas{7};
    view.start_time = std::chrono::seconds{75};
    view.metrics = {
        {.name = "rps",
         .reading = Reading::of(712.5, std::chrono::milliseconds{1500}, std::chrono::seconds{30}),
         .target = 100.0,
         .source = "apps"}};
    view.last_reason = "web: 4 -> 7 because rps is 712.5";
    view.reasons = {"rps is 712.5", "at most +100% per 15s"};
    view.decided_at = TimePoint{std::chrono::seconds{1'800'000'000}};
    view.ups = 3;
    view.downs = 2;
    view.holds = 1000;
    view.refusals = 1;
    return view;
}

class FakeControl final : public daemon::Control {
public:
    FakePolicies fleet;
    daemon::StatusView view;
    daemon::Telemetry counters;
    std::vector<std::string> missing;
    std::vector<Event> journal;
    Status answer;                      ///< to every order
    std::vector<std::string> warnings;  ///< of a reload
    std::vector<std::string> orders;    ///< "pause web by uid=0(root): why", …
    daemon::EventQuery asked;
    std::vector<daemon::NamedCheckpoint> known;

    FakeControl() {
        view.version = "0.1.0";
        view.mode = "dry-run";
        view.started = TimePoint{std::chrono::seconds{1'799'999'990}};
        view.now = TimePoint{std::chrono::seconds{1'800'000'002}};
        view.config_path = "/etc/tided/tided.toml";
    }

    [[nodiscard]] const daemon::PolicyViews& policies() const override { return fleet; }
    [[nodiscard]] Result<std::vector<daemon::NamedCheckpoint>> checkpoints(
        const std::string& /*policy*/) override {
        return known;
    }
    [[nodiscard]] boost::asio::awaitable<Status> import(
        std::string policy,
        std::vector<daemon::NamedCheckpoint> checkpoints,
        std::string owner) override {
        orders.push_back("import " + std::to_string(checkpoints.size()) + " into " + policy +
                         " by " + owner);
        co_return answer;
    }
    [[nodiscard]] daemon::StatusView status() const override { return view; }
    [[nodiscard]] std::vector<std::string> not_ready() const override { return missing; }
    [[nodiscard]] boost::asio::awaitable<Result<std::vector<std::string>>> reload(
        std::string owner) override {
        orders.push_back("reload by " + owner);
        if (!answer) {
            co_return fail(answer.error());
        }
        co_return warnings;
    }
    [[nodiscard]] boost::asio::awaitable<Status> pause(std::string policy,
                                                       policy::Pause pause) override {
        orders.push_back("pause " + policy + " by " + pause.owner + " until " +
                         (pause.until ? to_string(*pause.until) : "resumed") + ": " + pause.reason);
        co_return answer;
    }
    [[nodiscard]] boost::asio::awaitable<Status> resume(std::string policy,
                                                        std::string owner) override {
        orders.push_back("resume " + policy + " by " + owner);
        co_return answer;
    }
    [[nodiscard]] boost::asio::awaitable<Result<std::string>> explain(std::string policy,
                                                                      TimePoint at) override {
        orders.push_back("explain " + policy + " at " + to_string(at));
        if (!answer) {
            co_return fail(answer.error());
        }
        co_return "{\"at\":\"then\"}";
    }
    [[nodiscard]] boost::asio::awaitable<Status> approve(std::string policy,
                                                         policy::Approval approval) override {
        orders.push_back("approve " + policy + " by " + approval.owner + " to " +
                         to_string(approval.to) + " until " + to_string(approval.until) + ": " +
                         approval.reason);
        co_return answer;
    }
    [[nodiscard]] boost::asio::awaitable<Status> withdraw(std::string policy,
                                                          std::string owner) override {
        orders.push_back("withdraw " + policy + " by " + owner);
        co_return answer;
    }
    [[nodiscard]] boost::asio::awaitable<Status> brake(policy::Brake brake) override {
        orders.push_back("brake by " + brake.owner + ": " + brake.reason);
        co_return answer;
    }
    [[nodiscard]] boost::asio::awaitable<Status> release(std::string owner) override {
        orders.push_back("release by " + owner);
        co_return answer;
    }
    [[nodiscard]] boost::asio::awaitable<Result<std::vector<Event>>> events(
        daemon::EventQuery query) override {
        asked = std::move(query);
        co_return journal;
    }
    [[nodiscard]] daemon::Telemetry& telemetry() override { return counters; }
};

}  // namespace tided::testing
