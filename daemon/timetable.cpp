#include "daemon/timetable.h"

#include <map>

#include "daemon/config/schedules.h"

namespace tided::daemon {
namespace {

class Renewal {
public:
    explicit Renewal(TimePoint now) : now_(now) {}

    void renew(config::Policy& policy) {
        if (!policy.schedules) {
            return;
        }
        const auto [table, is_first] =
            tables_.try_emplace(policy.schedules.get(), policy.spec.schedule);
        if (is_first) {
            if (Status status = config::refresh(policy.schedules, table->second, now_); !status) {
                failures_.push_back(policy.spec.name +
                                    ": its schedule cannot be looked at for the "
                                    "time to come: " +
                                    status.error().message);
            }
        }
        policy.spec.schedule = table->second;
    }

    [[nodiscard]] std::vector<std::string> failures() && { return std::move(failures_); }

private:
    TimePoint now_;
    std::map<const config::Schedules*, policy::Schedule> tables_;
    std::vector<std::string> failures_;
};

}  // namespace

std::vector<std::string> renew_schedules(Fleet& fleet, TimePoint now) {
    Renewal renewal{now};
    for (auto& policy : fleet.policies) {
        renewal.renew(policy->config);
    }
    for (auto& made_of : fleet.templates) {
        renewal.renew(made_of->config.policy);
        for (auto& [value, policy] : made_of->config.overrides) {
            renewal.renew(policy);
        }
    }
    return std::move(renewal).failures();
}

}  // namespace tided::daemon
