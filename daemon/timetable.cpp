#include "daemon/timetable.h"

#include <map>
#include <utility>

#include "daemon/config/schedules.h"

namespace tided::daemon {
namespace {

/// A schedule, whoever shares it.
struct Shelf {
    policy::Schedule table;
    std::string trouble{};  ///< as it is now
    bool was_in_trouble = false;
    const config::Policy* known_as = nullptr;  ///< a policy in force that has it
};

class Renewal {
public:
    explicit Renewal(TimePoint now) : now_(now) {}

    void note(const LivePolicy& policy) {
        if (policy.config.schedules) {
            Shelf& shelf = shelf_of(policy.config);
            shelf.known_as = shelf.known_as == nullptr ? &policy.config : shelf.known_as;
            shelf.was_in_trouble = shelf.was_in_trouble || !policy.schedule_trouble.empty();
        }
    }

    /// Gives back what is wrong with its schedule, or "".
    std::string renew(config::Policy& policy) {
        if (!policy.schedules) {
            return "";
        }
        const Shelf& shelf = shelf_of(policy);
        policy.spec.schedule = shelf.table;
        return shelf.trouble;
    }

    [[nodiscard]] std::vector<Event> news() const {
        std::vector<Event> news;
        for (const auto& [schedules, shelf] : shelves_) {
            const bool is_in_trouble = !shelf.trouble.empty();
            if (shelf.known_as != nullptr && is_in_trouble != shelf.was_in_trouble) {
                news.push_back(news_of(shelf, is_in_trouble));
            }
        }
        return news;
    }

private:
    Shelf& shelf_of(const config::Policy& policy) {
        const auto [at, is_first] = shelves_.try_emplace(policy.schedules.get());
        Shelf& shelf = at->second;
        if (is_first) {
            shelf.table = policy.spec.schedule;
            if (Status status = config::refresh(policy.schedules, shelf.table, now_); !status) {
                shelf.trouble =
                    "its schedule is not whole for the time to come: " + status.error().message;
            }
        }
        return shelf;
    }

    [[nodiscard]] Event news_of(const Shelf& shelf, bool is_in_trouble) const {
        const config::Policy& policy = *shelf.known_as;
        const std::string& name = policy.made_of.empty() ? policy.spec.name : policy.made_of;
        Event event;
        event.kind = is_in_trouble ? EventKind::schedule_failing : EventKind::schedule_recovered;
        event.severity = is_in_trouble ? Severity::error : Severity::info;
        event.at = now_;
        event.policy = name;
        event.text = name + ": " + (is_in_trouble ? shelf.trouble : "its schedule is whole again");
        return event;
    }

    TimePoint now_;
    std::map<const config::Schedules*, Shelf> shelves_;
};

}  // namespace

std::vector<Event> renew_schedules(Fleet& fleet, TimePoint now) {
    Renewal renewal{now};
    for (const auto& policy : fleet.policies) {
        renewal.note(*policy);
    }
    for (auto& policy : fleet.policies) {
        policy->schedule_trouble = renewal.renew(policy->config);
    }
    for (auto& made_of : fleet.templates) {
        renewal.renew(made_of->config.policy);
        for (auto& [value, policy] : made_of->config.overrides) {
            renewal.renew(policy);
        }
    }
    return renewal.news();
}

}  // namespace tided::daemon
