// ScrapeLanes: the targets of a scrape source as numbered lanes that come and go while others are
// fetched. A number is used again only when nothing is under way on it any more. A target that goes
// is silent at once: what is under way for it counts for nothing, and its series end at the next
// instant that the source is told.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "metrics/discovery/target_set.h"
#include "metrics/scraper.h"
#include "metrics/spec.h"
#include "metrics/store.h"
#include "metrics/wanted.h"
#include "policy/vocab/time.h"

namespace tided::metrics {

struct ScrapeLane {
    ScrapeLane(const ScrapeSpec& spec,
               Target target,
               Store& store,
               const Wanted& wanted,
               PageReader::Room& room);

    Duration phase;
    Scraper scraper;
    std::unique_ptr<RepeatedGet> page{};  ///< made at the first fetch
    bool is_failing = false;
    bool is_silent = false;
    bool is_refusing = false;  ///< nobody listens: it serves nobody
    bool has_ended = false;    ///< its series, until it answers again
    bool is_gone = false;
    std::size_t under_way = 0;               ///< fetches
    std::optional<TimePoint> known_since{};  ///< since its first page, or the first after it ended

    std::optional<TimePoint> told_at{};  ///< its last page

    /// Whether a fresh reading has nothing of it, though it may serve: it fails otherwise than by
    /// refusing, and what it said last is older than the reading may be.
    [[nodiscard]] bool is_left_out(TimePoint now, Duration max_age) const {
        return is_failing && !is_refusing && (!told_at || now - *told_at > max_age);
    }
};

class ScrapeLanes {
public:
    using Lane = std::shared_ptr<ScrapeLane>;

    /// REQUIRES: all of it outlives the lanes.
    ScrapeLanes(const ScrapeSpec& spec, Store& store, const Wanted& wanted)
        : spec_(spec), store_(store), wanted_(wanted) {}

    void change(TargetSet::Change&& change);

    /// Numbers in use and free, and the lane of a number: null when it is free.
    [[nodiscard]] std::size_t numbers() const { return lanes_.size(); }
    [[nodiscard]] const Lane& at(std::size_t number) const { return lanes_[number]; }
    [[nodiscard]] std::size_t size() const { return numbers_.size(); }
    [[nodiscard]] std::size_t failing() const { return failing_; }
    [[nodiscard]] std::size_t silent() const { return silent_; }

    /// Calls `use(const ScrapeLane&)` for each target.
    template <typename Use>
    void for_each(Use use) const {
        for (const Lane& lane : lanes_) {
            if (lane) {
                use(*lane);
            }
        }
    }

    /// Whether `is_meant(const ScrapeLane&)` holds for that many; stops as soon as it does.
    template <typename Test>
    [[nodiscard]] bool has_at_least(std::size_t count, Test is_meant) const {
        std::size_t found = 0;
        for (const Lane& lane : lanes_) {
            found += lane && is_meant(*lane) ? 1U : 0U;
            if (found >= count) {
                return true;
            }
        }
        return count == 0;
    }

    /// A fetch of this number begins, and ends.
    void begin(ScrapeLane& lane) { ++lane.under_way; }
    void end(ScrapeLane& lane, std::size_t number);

    /// What the last fetch of a lane came to.
    struct Outcome {
        bool is_failing = false;
        bool is_silent = false;
        bool is_refusing = false;
    };
    void judge(const Lane& lane, const Outcome& outcome, TimePoint now);

    /// Ends the series of the targets that went.
    void end_gone(TimePoint now);

    /// The numbers that became another target's, or nobody's, since the last call.
    [[nodiscard]] std::vector<std::size_t> take_moved() { return std::exchange(moved_, {}); }

    /// From now on, targets that come are remembered as newcomers.
    void note_newcomers() { are_noted_ = true; }
    /// The targets that came or came back lately and have not been known for `settled` yet.
    [[nodiscard]] const std::vector<Lane>& newcomers(TimePoint now, Duration settled);

    void rebase(Duration jump);

private:
    void add(TargetId id, Target target);
    void remove(TargetId id);
    void count(const ScrapeLane& lane, std::ptrdiff_t sign);

    const ScrapeSpec& spec_;
    Store& store_;
    const Wanted& wanted_;
    PageReader::Room room_;
    std::vector<Lane> lanes_;
    std::vector<std::size_t> free_;
    std::unordered_map<TargetId, std::size_t> numbers_;
    std::vector<Lane> leaving_;
    std::vector<Lane> newcomers_;
    std::vector<std::size_t> moved_;
    std::size_t failing_ = 0;
    std::size_t silent_ = 0;
    bool are_noted_ = false;
};

}  // namespace tided::metrics
