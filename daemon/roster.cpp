#include "daemon/roster.h"

#include <algorithm>
#include <utility>

namespace tided::daemon {
namespace {

constexpr Duration::rep fewest_spans = 5;

}  // namespace

Roster::Change Roster::hear(const metrics::Listing& answer, TimePoint now, const Door& door) {
    Change change;
    if (answer.values.empty() || answer.freshness < Freshness::partial) {
        miss();
        return change;
    }
    take_in(answer.values, door, change);
    if (answer.freshness == Freshness::fresh) {
        count_missing(answer.values, now, change);
    } else {
        miss();
    }
    return change;
}

void Roster::take_in(const std::vector<std::string>& values, const Door& door, Change& change) {
    over_max_ = 0;
    std::map<std::string, Refused> refused;
    std::size_t asked = 0;
    for (const std::string& value : values) {
        if (const auto member = members_.find(value); member != members_.end()) {
            member->second = {};
            continue;
        }
        const auto known = refused_.find(value);
        const bool is_known = known != refused_.end();
        if (is_known && !known->second.is_asked_again) {
            refused.insert(*known);
        } else if (members_.size() >= limits_.max) {
            ++over_max_;
        } else if (asked == limits_.at_once) {
            change.more = true;
            if (is_known) {
                refused.insert(*known);
            }
        } else if (const Status fits = (++asked, door(value)); fits) {
            members_.try_emplace(value);
            change.come.push_back(value);
        } else {
            const std::string& why = fits.error().message;
            refused.emplace(value, Refused{.why = why});
            if (!is_known || known->second.why != why) {
                change.refused.push_back({.value = value, .why = why});
            }
        }
    }
    refused_ = std::move(refused);
}

void Roster::count_missing(const std::vector<std::string>& values, TimePoint now, Change& change) {
    const Duration most = limits_.grace / fewest_spans;
    const Duration span = last_ ? std::clamp(now - *last_, Duration{}, most) : Duration{};
    last_ = now;
    for (auto& [value, member] : members_) {
        if (std::binary_search(values.begin(), values.end(), value)) {
            continue;
        }
        member.missing_for += member.is_missing ? span : Duration{};
        member.is_missing = true;
        if (member.missing_for >= limits_.grace) {
            change.go.push_back(value);
        }
    }
}

void Roster::refuse(const std::string& value, std::string why) {
    members_.erase(value);
    refused_[value] = {.why = std::move(why)};
}

void Roster::reconsider() {
    for (auto& [value, refusal] : refused_) {
        refusal.is_asked_again = true;
    }
}

std::vector<std::string> Roster::members() const {
    std::vector<std::string> values;
    values.reserve(members_.size());
    for (const auto& [value, member] : members_) {
        values.push_back(value);
    }
    return values;
}

std::size_t Roster::missing() const {
    return static_cast<std::size_t>(
        std::count_if(members_.begin(), members_.end(), [](const auto& entry) {
            return entry.second.is_missing;
        }));
}

void Roster::rebase(Duration jump) {
    if (last_) {
        *last_ += jump;
    }
}

}  // namespace tided::daemon
