// What is ordered of the running daemon: pause, resume, approve, brake, release, import. An order
// is in force at once and durable before it is answered.
#include <utility>

#include "daemon/app.h"
#include "daemon/counted.h"
#include "daemon/state/usage_codec.h"
#include "daemon/telemetry/logging.h"

namespace tided::daemon {
namespace asio = boost::asio;

namespace {

/// An approval that no step could ever use is a mistake.
Status check_approval(const policy::PolicySpec& spec, Replicas to) {
    const policy::ApprovalRule& rule = spec.guards.approval;
    if (!rule.above && !rule.above_share) {
        return fail(
            ErrorCode::conflict,
            "no step of policy '" + spec.name + "' needs approval: it has no guards.approval");
    }
    if (to < spec.floor() || to > spec.max) {
        return fail(ErrorCode::invalid_input,
                    "policy '" + spec.name + "' never steps to " + to_string(to) +
                        ": it stays within " + to_string(spec.floor()) + " to " +
                        to_string(spec.max));
    }
    return {};
}

}  // namespace

asio::awaitable<Status> App::write_pause(LivePolicy& policy, Event event) {
    Batch batch;
    batch.policies.push_back(
        {.name = policy.config.spec.name, .state = policy.state, .pause = policy.pause});
    announcer_.tell(std::move(event));
    co_return co_await journal_->commit(std::move(batch), Durability::full);
}

asio::awaitable<Status> App::pause(std::string name, policy::Pause pause) {
    LivePolicy* policy = find_policy(fleet_, name);
    if (policy == nullptr) {
        co_return fail(ErrorCode::not_found, "there is no policy '" + name + "'");
    }
    pause.since = clock_.now();
    Event told = event(EventKind::paused,
                       name + ": paused by " + pause.owner +
                           (pause.until ? " until " + to_string(*pause.until) : "") +
                           (pause.reason.empty() ? "" : ": " + pause.reason),
                       Severity::info);
    told.policy = name;
    policy->pause = std::move(pause);
    Status written = co_await write_pause(*policy, std::move(told));
    if (!written) {
        co_return fail(std::move(written).error().within("paused, but a restart will forget it"));
    }
    co_return written;
}

asio::awaitable<Status> App::resume(std::string name, std::string owner) {
    LivePolicy* policy = find_policy(fleet_, name);
    if (policy == nullptr) {
        co_return fail(ErrorCode::not_found, "there is no policy '" + name + "'");
    }
    if (!policy->pause) {
        co_return fail(ErrorCode::conflict, "policy '" + name + "' is not paused");
    }
    Event told = event(EventKind::resumed, name + ": resumed by " + owner, Severity::info);
    told.policy = name;
    const policy::Pause before = *std::exchange(policy->pause, std::nullopt);
    Status written = co_await write_pause(*policy, std::move(told));
    if (!written) {
        LivePolicy* const now = find_policy(fleet_, name);  // a reload may have come between
        if (now != nullptr && !now->pause) {
            now->pause = before;
        }
        co_return fail(std::move(written).error().within("still paused"));
    }
    co_return written;
}

asio::awaitable<Status> App::approve(std::string name, policy::Approval approval) {
    LivePolicy* policy = find_policy(fleet_, name);
    if (policy == nullptr) {
        co_return fail(ErrorCode::not_found, "there is no policy '" + name + "'");
    }
    if (Status sense = check_approval(policy->config.spec, approval.to); !sense) {
        co_return sense;
    }
    if (policy->pool->observed) {
        approval.from = policy->pool->observed->replicas;
    }
    policy->view.approval = in_words(approval);
    Event told = event(EventKind::approved, name + ": " + policy->view.approval, Severity::info);
    told.policy = name;
    orders_.approve(name, std::move(approval));
    co_return co_await write_orders(std::move(told), "approved, but a restart will forget it");
}

asio::awaitable<Status> App::withdraw(std::string name, std::string owner) {
    LivePolicy* policy = find_policy(fleet_, name);
    if (policy == nullptr) {
        co_return fail(ErrorCode::not_found, "there is no policy '" + name + "'");
    }
    const policy::Approval* found = orders_.approval(name, clock_.now());
    if (found == nullptr) {
        co_return fail(ErrorCode::conflict, "no step of policy '" + name + "' is approved");
    }
    Event told =
        event(EventKind::approved,
              name + ": what was approved is withdrawn by " + owner + ": " + in_words(*found),
              Severity::info);
    told.policy = name;
    policy->view.approval.clear();
    static_cast<void>(orders_.withdraw(name, clock_.now()));
    co_return co_await write_orders(std::move(told), "withdrawn, but a restart will recall it");
}

asio::awaitable<Status> App::brake(policy::Brake brake) {
    if (const auto& pulled = orders_.brake()) {  // who was first stays known
        co_return fail(ErrorCode::conflict, in_words(*pulled));
    }
    brake.since = clock_.now();
    Event told = event(EventKind::braked,
                       "the emergency brake was pulled by " + brake.owner + ": nothing is scaled" +
                           (brake.reason.empty() ? "" : ": " + brake.reason),
                       Severity::error);
    orders_.set_brake(std::move(brake));
    co_return co_await write_orders(std::move(told), "braked, but a restart will forget it");
}

asio::awaitable<Status> App::release(std::string owner) {
    if (!orders_.brake()) {
        co_return fail(ErrorCode::conflict, "the brake is not pulled");
    }
    Event told = event(EventKind::released, "the brake was released by " + owner, Severity::info);
    orders_.set_brake(std::nullopt);
    co_return co_await write_orders(std::move(told), "released, but a restart will brake again");
}

Result<std::vector<NamedCheckpoint>> App::checkpoints(const std::string& name) {
    const LivePolicy* policy = find_policy(fleet_, name);
    if (policy == nullptr || !policy->sizing) {
        return fail(ErrorCode::not_found, "policy '" + name + "' sizes no instances");
    }
    return policy->sizing->sizing.checkpoints(clock_.now());
}

asio::awaitable<Status> App::import(std::string name,
                                    std::vector<NamedCheckpoint> checkpoints,
                                    std::string owner) {
    const LivePolicy* policy = find_policy(fleet_, name);
    if (policy == nullptr || !policy->sizing) {
        co_return fail(ErrorCode::not_found, "policy '" + name + "' sizes no instances");
    }
    Sizing& sizing = policy->sizing->sizing;
    if (Status loaded = sizing.load(checkpoints, clock_.now()); !loaded) {
        co_return loaded;
    }
    log(LogLevel::info,
        name + ": the usage of " + counted(checkpoints.size(), "container", "containers") +
            " was imported by " + owner);
    Batch batch;
    batch.usages = {{.policy = name, .history = encode(sizing.memory())}};
    keep_unreadable(fleet_, batch);
    Status written = co_await journal_->commit(std::move(batch), Durability::full);
    if (written) {
        forget_unreadable(fleet_, {name});
    } else {
        co_return fail(std::move(written).error().within("imported, but a restart will forget it"));
    }
    co_return written;
}

asio::awaitable<Status> App::write_orders(Event event, std::string_view but) {
    announcer_.tell(std::move(event));
    const Batch changes = orders_.changes();
    Status written = co_await journal_->commit(changes, Durability::full);
    if (!written) {
        orders_.not_written(changes);
        co_return fail(std::move(written).error().within(but));
    }
    co_return written;
}

}  // namespace tided::daemon
