// Amendment: instances that come to a fleet in force, and those that go from it. All others stay
// the objects they are; no session, pool or policy of theirs is made anew.
//
//   add, add, remove ...   make what can fail, touch nothing
//   put_on                 the fleet has them, or has them no more; sources are asked anew
#pragma once

#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "daemon/fleet.h"
#include "daemon/fleet_members.h"

namespace tided::daemon {

class Amendment {
public:
    /// REQUIRES: all of it outlives the amendment.
    Amendment(Fleet& fleet, Snapshot& memory, const Workshop& workshop)
        : fleet_(fleet), memory_(memory), workshop_(workshop) {}

    /// Makes the instance for `value`. Errors: as make_instance.
    [[nodiscard]] Status add(const LiveTemplate& made_of, const std::string& value);

    /// Notes that the instance called `name` goes. False while a step of it is under way: later.
    [[nodiscard]] bool remove(const std::string& name);

    [[nodiscard]] bool is_empty() const { return newcomers_.empty() && leaving_.empty(); }

    struct Done {
        Status status;  ///< an error is a bug, as of put_on() for a fleet
        std::vector<std::shared_ptr<LivePool>> new_pools;      ///< to be driven
        std::vector<std::shared_ptr<LivePool>> retired_pools;  ///< they close by themselves
        std::vector<std::shared_ptr<LiveSource>> asked_anew;   ///< their lanes may be others
    };
    /// What goes is remembered in `memory`, what comes is recalled from it.
    [[nodiscard]] Done put_on(config::Mode mode);

private:
    void let_go(Done& done);
    void take_in(config::Mode mode, Done& done);
    void ask(Done& done);

    Fleet& fleet_;
    Snapshot& memory_;
    const Workshop& workshop_;
    std::vector<Newcomer> newcomers_;
    std::unordered_set<std::string> leaving_;
    std::optional<Index<LiveProvider>> providers_;
    std::optional<Index<LiveSource>> sources_;
    Objects taken_;
};

}  // namespace tided::daemon
