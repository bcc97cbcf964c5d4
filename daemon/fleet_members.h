// Members: the parts of a fleet that are made one by one, for a whole configuration as for a single
// instance that comes: a pool, a policy linked to what it reads, the numbering of all questions.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "daemon/config/instance.h"
#include "daemon/fleet.h"

namespace tided::daemon {

/// A list by name. REQUIRES: its members keep their names.
template <typename Live>
class Index {
public:
    explicit Index(const std::vector<std::shared_ptr<Live>>& list) {
        for (const auto& live : list) {
            named_.emplace(live->config.name, live);
        }
    }
    /// Null when there is none of that name.
    [[nodiscard]] std::shared_ptr<Live> find(const std::string& name) const {
        const auto at = named_.find(name);
        return at == named_.end() ? nullptr : at->second;
    }

private:
    std::unordered_map<std::string_view, std::shared_ptr<Live>> named_;
};

/// Whether `fleet` has a template of its name and label.
[[nodiscard]] bool goes_on(const LiveTemplate& former, const Fleet& fleet);

/// `same` goes on if it is what is wanted, otherwise it becomes the predecessor; it may be null.
[[nodiscard]] Result<std::shared_ptr<LivePool>> make_pool(const config::Pool& wanted,
                                                          std::shared_ptr<LiveProvider> provider,
                                                          std::shared_ptr<LivePool> same,
                                                          const Workshop& workshop);

/// A policy without history. Its slots have no questions yet. REQUIRES: its sources are in
/// `sources`.
[[nodiscard]] std::unique_ptr<LivePolicy> make_policy(const config::Policy& wanted,
                                                      std::shared_ptr<LivePool> pool,
                                                      const Index<LiveSource>& sources);

/// Gives it the state that `memory` has of it.
void recall(LivePolicy& policy, const Snapshot& memory, TimePoint now);
/// Of that, what is known of the usage of its instances. One that cannot be read is logged.
void recall_usage(LivePolicy& policy, const Snapshot& memory, TimePoint now);

/// Puts into `memory` what the policy finds again when it comes back.
void remember(Snapshot& memory, const LivePolicy& policy);

/// The part of a policy's view that only a reload changes.
void describe(LivePolicy& policy);

/// What a pool scales, in one spelling whatever its provider is called and however the policy file
/// writes it: no two pools may scale the same.
[[nodiscard]] std::string object_of(const LivePool& pool);
using Objects = std::unordered_set<std::string>;
[[nodiscard]] Objects objects_of(const Fleet& fleet);

/// An instance, not yet in force.
struct Newcomer {
    std::shared_ptr<LivePool> pool;
    config::Pool pool_config;
    config::Policy policy;
};

/// What an instance is made among.
struct Surroundings {
    const Index<LiveProvider>& providers;
    const Index<LiveSource>& sources;
    const Objects& taken;  ///< by other pools
    const Workshop& workshop;
};

/// `same`: as for make_pool(). Errors: why `value` cannot have an instance: it does not fit the
/// template, a source refuses its query, or its object is taken.
[[nodiscard]] Result<Newcomer> make_instance(const LiveTemplate& made_of,
                                             const std::string& value,
                                             std::shared_ptr<LivePool> same,
                                             const Surroundings& around);

/// What all policies and templates ask of each source, in the order of the fleet's sources; equal
/// questions once. Tells each slot the number of its question.
[[nodiscard]] std::vector<std::vector<metrics::Query>> number_questions(Fleet& fleet);

}  // namespace tided::daemon
