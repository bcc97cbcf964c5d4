#include "daemon/amendment.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "daemon/server/board.h"

namespace tided::daemon {
namespace {

bool by_name(const std::unique_ptr<LivePolicy>& a, const std::unique_ptr<LivePolicy>& b) {
    return a->config.spec.name < b->config.spec.name;
}

}  // namespace

Status Amendment::add(const LiveTemplate& made_of, const std::string& value) {
    if (!providers_) {
        providers_.emplace(fleet_.providers);
        sources_.emplace(fleet_.sources);
        taken_ = objects_of(fleet_);
    }
    auto made = make_instance(
        made_of,
        value,
        nullptr,
        {.providers = *providers_, .sources = *sources_, .taken = taken_, .workshop = workshop_});
    if (!made) {
        return fail(std::move(made).error());
    }
    taken_.insert(object_of(*made->pool));
    newcomers_.push_back(*std::move(made));
    return {};
}

bool Amendment::remove(const std::string& name) {
    const LivePolicy* policy = find_policy(fleet_, name);
    if (policy != nullptr && policy->pool->is_busy()) {
        return false;
    }
    leaving_.insert(name);
    return true;
}

Amendment::Done Amendment::put_on(config::Mode mode) {
    Done done;
    let_go(done);
    take_in(mode, done);
    ask(done);
    return done;
}

void Amendment::let_go(Done& done) {
    if (leaving_.empty()) {
        return;
    }
    for (const std::string& name : leaving_) {
        if (const LivePolicy* policy = find_policy(fleet_, name)) {
            remember(memory_, *policy);
        }
    }
    std::erase_if(fleet_.policies, [this](const auto& policy) {
        return leaving_.contains(policy->config.spec.name);
    });
    const auto stays = [this](const auto& pool) { return !leaving_.contains(pool->config.name); };
    const auto first = std::stable_partition(fleet_.pools.begin(), fleet_.pools.end(), stays);
    for (auto pool = first; pool != fleet_.pools.end(); ++pool) {
        LivePool& live = **pool;
        memory_.checkpoints[live.identity] = live.actuator->checkpoint();
        --live.provider->pools;
        live.provider->failing.erase(live.config.name);
        live.closing = actuators::Closing::for_now;  // going ends nothing
        live.retired = true;
        live.alarm.ring();
    }
    done.retired_pools.assign(first, fleet_.pools.end());
    fleet_.pools.erase(first, fleet_.pools.end());
}

void Amendment::take_in(config::Mode mode, Done& done) {
    const Index<LiveSource> sources{fleet_.sources};
    std::vector<std::unique_ptr<LivePolicy>> policies;
    for (Newcomer& newcomer : newcomers_) {
        auto policy = make_policy(newcomer.policy, newcomer.pool, sources);
        recall(*policy, memory_, workshop_.now);
        newcomer.pool->dry_run = mode == config::Mode::dry_run || policy->config.dry_run;
        ++newcomer.pool->provider->pools;
        describe(*policy);
        policies.push_back(std::move(policy));
        done.new_pools.push_back(newcomer.pool);
        fleet_.pools.push_back(std::move(newcomer.pool));
    }
    std::sort(policies.begin(), policies.end(), by_name);
    std::vector<std::unique_ptr<LivePolicy>> all;
    all.reserve(fleet_.policies.size() + policies.size());
    std::merge(std::make_move_iterator(fleet_.policies.begin()),
               std::make_move_iterator(fleet_.policies.end()),
               std::make_move_iterator(policies.begin()),
               std::make_move_iterator(policies.end()),
               std::back_inserter(all),
               by_name);
    fleet_.policies = std::move(all);
}

void Amendment::ask(Done& done) {
    auto questions = number_questions(fleet_);
    for (std::size_t i = 0; i < fleet_.sources.size(); ++i) {
        if (questions[i] == fleet_.questions[i]) {
            continue;
        }
        LiveSource& source = *fleet_.sources[i];
        if (Status asked = source.source->demand(questions[i]); !asked && done.status) {
            done.status = fail(std::move(asked).error().within("source " + source.config.name));
        }
        done.asked_anew.push_back(fleet_.sources[i]);
    }
    fleet_.questions = std::move(questions);
}

}  // namespace tided::daemon
