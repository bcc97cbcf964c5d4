#include "daemon/standing_orders.h"

#include <boost/json.hpp>

#include "policy/guard.h"

namespace tided::daemon {
namespace {

namespace json = boost::json;

constexpr std::string_view brake_fact = "brake";
constexpr std::string_view approval_prefix = "approval/";
constexpr std::string_view steps_fact = "fleet_steps";

std::int64_t milliseconds(TimePoint at) {
    return at.time_since_epoch().count();
}

TimePoint instant_of(const json::value& value) {
    return TimePoint{Duration{value.as_int64()}};
}

std::string text_of(const json::value& value) {
    return std::string{value.as_string()};
}

std::string fact_of(const policy::Brake& brake) {
    return json::serialize(json::object{
        {"owner", brake.owner}, {"reason", brake.reason}, {"since", milliseconds(brake.since)}});
}

std::string fact_of(const policy::Approval& approval) {
    json::object fact{{"owner", approval.owner},
                      {"reason", approval.reason},
                      {"to", approval.to.count},
                      {"until", milliseconds(approval.until)}};
    if (approval.from) {
        fact["from"] = approval.from->count;
    }
    return json::serialize(fact);
}

std::string fact_of(const std::vector<policy::FleetStep>& steps) {
    json::array list;
    for (const policy::FleetStep& step : steps) {
        list.push_back(json::array{milliseconds(step.at), step.change});
    }
    return json::serialize(list);
}

policy::Brake read_brake(const json::value& value) {
    return {.owner = text_of(value.at("owner")),
            .reason = text_of(value.at("reason")),
            .since = instant_of(value.at("since"))};
}

/// Earlier versions did not write `from`.
policy::Approval read_approval(const json::value& value) {
    const json::value* from = value.as_object().if_contains("from");
    return {.owner = text_of(value.at("owner")),
            .reason = text_of(value.at("reason")),
            .to = {value.at("to").to_number<std::int32_t>()},
            .until = instant_of(value.at("until")),
            .from = from == nullptr ? std::nullopt
                                    : std::optional{Replicas{from->to_number<std::int32_t>()}}};
}

std::vector<policy::FleetStep> read_steps(const json::value& value) {
    std::vector<policy::FleetStep> steps;
    for (const json::value& step : value.as_array()) {
        steps.push_back(
            {.at = instant_of(step.at(0)), .change = step.at(1).to_number<std::int32_t>()});
    }
    return steps;
}

std::string with_reason(const std::string& text, const std::string& reason) {
    return reason.empty() ? text : text + ": " + reason;
}

}  // namespace

std::string in_words(const policy::Approval& approval) {
    return with_reason("steps up to " + to_string(approval.to) + " are approved by " +
                           approval.owner + " until " + policy::instant(approval.until),
                       approval.reason);
}

std::string in_words(const policy::Brake& brake) {
    return with_reason(
        "the emergency brake was pulled by " + brake.owner + " at " + policy::instant(brake.since),
        brake.reason);
}

std::vector<std::string> StandingOrders::recall_all(
    const std::map<std::string, std::string>& facts) {
    std::vector<std::string> problems;
    for (const auto& [name, text] : facts) {
        const bool is_approval = name.starts_with(approval_prefix);
        if (name != brake_fact && name != steps_fact && !is_approval) {
            continue;
        }
        written_[name] = text;
        try {  // Boost.JSON throws; whoever reads a state of ours finds what we wrote
            const json::value value = json::parse(text);
            if (is_approval) {
                approvals_[name.substr(approval_prefix.size())] = read_approval(value);
            } else if (name == brake_fact) {
                brake_ = read_brake(value);
            } else {
                fleet_steps_ = read_steps(value);
            }
        } catch (const std::exception& wrong) {
            problems.push_back("the stored order '" + name + "' cannot be read: " + wrong.what());
            if (name ==
                brake_fact) {  // whatever it said, somebody wanted everything to stand still
                brake_ = policy::Brake{.owner = "an unreadable order"};
            }
        }
    }
    return problems;
}

const policy::Approval* StandingOrders::approval(const std::string& policy, TimePoint now) const {
    const auto found = approvals_.find(policy);
    return found == approvals_.end() || found->second.until <= now ? nullptr : &found->second;
}

void StandingOrders::approve(const std::string& policy, policy::Approval approval) {
    approvals_[policy] = std::move(approval);
}

bool StandingOrders::withdraw(const std::string& policy, TimePoint now) {
    const bool is_there = approval(policy, now) != nullptr;
    approvals_.erase(policy);
    return is_there;
}

void StandingOrders::use_approval(const std::string& policy, TimePoint now) {
    approvals_.erase(policy);
    std::erase_if(approvals_, [&](const auto& entry) { return entry.second.until <= now; });
}

void StandingOrders::shift(Duration jump) {
    if (brake_) {
        brake_->since += jump;
    }
    for (auto& [name, approval] : approvals_) {
        approval.until += jump;
    }
    for (policy::FleetStep& step : fleet_steps_) {
        step.at += jump;
    }
}

Batch StandingOrders::changes() {
    std::map<std::string, std::string> facts;
    if (brake_) {
        facts[std::string{brake_fact}] = fact_of(*brake_);
    }
    for (const auto& [policy, approval] : approvals_) {
        facts[std::string{approval_prefix} + policy] = fact_of(approval);
    }
    if (!fleet_steps_.empty()) {
        facts[std::string{steps_fact}] = fact_of(fleet_steps_);
    }
    Batch batch;
    for (const auto& [name, text] : written_) {
        if (!facts.contains(name)) {
            batch.dropped_facts.push_back(name);
        }
    }
    for (const auto& [name, text] : facts) {
        const auto before = written_.find(name);
        if (before == written_.end() || before->second != text) {
            batch.facts[name] = text;
        }
    }
    written_ = std::move(facts);
    return batch;
}

void StandingOrders::not_written(const Batch& changes) {
    for (const auto& [name, text] : changes.facts) {
        written_.erase(name);
    }
    for (const std::string& name : changes.dropped_facts) {
        written_.emplace(name, "");
    }
}

}  // namespace tided::daemon
