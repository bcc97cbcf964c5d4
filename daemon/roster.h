// Roster: which instances a template has, by the answers to the query that lists its values.
// A state machine without a clock or a source; what it decides others carry out.
//
//   a fresh answer with the value       ->  comes, or stays
//   fresh answers without it, one after
//   another, for the grace period       ->  goes
//   no answer, a failed, stale or empty ->  nothing goes, and the time from the answer before to
//   one                                     the answer after counts for nobody
//   a partial answer                    ->  brings, and takes nothing away, as above
//
// Of the time between two answers no more than a fifth of the grace period counts, so that a daemon
// that slept, or a query that is rarely answered, does not make the period pass in one leap.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/source.h"
#include "policy/vocab/result.h"
#include "policy/vocab/time.h"

namespace tided::daemon {

class Roster {
public:
    struct Limits {
        std::size_t max = 0;  ///< members at most
        Duration grace{};
        std::size_t at_once = 200;  ///< that come with one hearing
    };

    /// Whether a value may have an instance, and why not. Asked once for each value that comes.
    using Door = std::function<Status(const std::string& value)>;

    struct Refusal {
        std::string value;
        std::string why;

        friend bool operator==(const Refusal&, const Refusal&) = default;
    };

    struct Refused {
        std::string why;
        bool is_asked_again = false;  ///< by the next answer
    };

    struct Change {
        std::vector<std::string> come;  ///< they are members now
        std::vector<std::string> go;    ///< they are members until leave(); asked for again
        std::vector<Refusal> refused;   ///< by the door, for the first time
        bool more = false;              ///< others wait: the same answer is to be heard again

        friend bool operator==(const Change&, const Change&) = default;
    };

    Roster() = default;
    explicit Roster(Limits limits) : limits_(limits) {}

    /// Other limits; those who are members stay.
    void limit(Limits limits) { limits_ = limits; }

    /// A member from an earlier run or an earlier policy file; nothing is held against it.
    void restore(const std::string& value) { members_.try_emplace(value); }

    /// An answer that came at `now`. Newcomers pass in byte order while there is room.
    [[nodiscard]] Change hear(const metrics::Listing& answer, TimePoint now, const Door& door);

    /// No usable answer: the query failed, or was not answered.
    void miss() { last_.reset(); }

    void leave(const std::string& value) { members_.erase(value); }

    /// A member whose instance could not be made after all.
    void refuse(const std::string& value, std::string why);

    /// The door may judge otherwise now: what it refused is asked again, and told only when the
    /// reason is another.
    void reconsider();

    [[nodiscard]] bool has(const std::string& value) const { return members_.contains(value); }
    [[nodiscard]] std::size_t size() const { return members_.size(); }
    [[nodiscard]] std::vector<std::string> members() const;
    /// Members that the last usable answer lacked.
    [[nodiscard]] std::size_t missing() const;
    /// Values of the last usable answer without an instance: for want of room, by the door.
    [[nodiscard]] std::size_t over_max() const { return over_max_; }
    [[nodiscard]] const std::map<std::string, Refused>& refused() const { return refused_; }

    /// After a wall-clock jump.
    void rebase(Duration jump);

private:
    struct Member {
        bool is_missing = false;
        Duration missing_for{};
    };

    void take_in(const std::vector<std::string>& values, const Door& door, Change& change);
    void count_missing(const std::vector<std::string>& values, TimePoint now, Change& change);

    Limits limits_;
    std::map<std::string, Member> members_;
    std::map<std::string, Refused> refused_;  ///< of the last usable answer
    std::size_t over_max_ = 0;
    std::optional<TimePoint> last_;  ///< the last answer that was fresh and not empty
};

}  // namespace tided::daemon
