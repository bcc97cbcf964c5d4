// Source: where readings come from. It is asked for a set of queries, fetches what they need on
// its own lanes, and reads each query from memory at any instant.
//
//   lane   one independent fetch: a scrape target, or one query of a Prometheus server. The
//          daemon drives lanes with bounded concurrency; lanes never wait for one another, so one
//          dead target or query cannot stop the others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "policy/vocab/labels.h"
#include "policy/vocab/reading.h"
#include "policy/vocab/result.h"
#include "policy/vocab/time.h"

namespace tided::metrics {

/// How much of an answer is asked for: the one number that it must be, or each of its elements.
enum class Extent : std::uint8_t { number, elements };

/// What one metric of one policy asks of a source; with `label`, what a template asks: not a
/// number, but which values that label has among the elements.
struct Query {
    std::string expression;  ///< PromQL
    Duration max_age = std::chrono::seconds{30};
    std::string label{};
    Extent extent = Extent::number;

    friend bool operator==(const Query&, const Query&) = default;
};

/// The values of a label in the last answer to a query that asks for them.
struct Listing {
    std::vector<std::string> values{};    ///< sorted, each once; "" is that of who lacks the label
    std::optional<TimePoint> answered{};  ///< when that answer came; nothing while there was none
    Freshness freshness = Freshness::absent;  ///< only `fresh` values are known to be all there are
};

/// One element of an answer, and when the samples behind it were taken.
struct Measured {
    Labels labels{};
    double value = 0.0;
    TimePoint at{};

    friend bool operator==(const Measured&, const Measured&) = default;
};

/// Every element of the last answer to a query that asks for them, or why there is none.
struct Measurements {
    std::vector<Measured> all{};
    Absence absence = Absence::never_seen;  ///< none: there was an answer
};

/// What one fetch was for. `nothing`: the lane's target went meanwhile; it counts nowhere.
enum class FetchKind : std::uint8_t { samples, targets, nothing };

/// What became of one fetch, for logs, tided_scrapes_total and tided_discoveries_total.
struct Fetched {
    Status status;  ///< the failure, with where: "scraping http://…: connecting: …"
    std::size_t samples = 0;
    std::size_t bytes = 0;
    std::size_t requests = 1;
    std::string warning;       ///< what is amiss though there was an answer; "" when nothing
    std::string_view limit{};  ///< the key of the limit that refused it; "" when none did
    Duration took{};           ///< filled by the daemon, which has a clock
    /// The source laid out its lanes anew, as by a demand(), or has some more, and another one
    /// under this number.
    bool lanes_changed = false;
    FetchKind kind = FetchKind::samples;
};

/// What the last fetch of a lane cost.
struct LaneCost {
    std::string query;  ///< cut where it is long
    std::size_t questions = 0;
    Duration took{};
    std::size_t bytes = 0;
    std::size_t samples = 0;
    std::size_t requests = 0;
    std::uint64_t samples_read = 0;  ///< of the server's storage, where it says so
};

/// Samples of a source's pages that were not taken as they stood there, since its start.
struct OddSamples {
    std::uint64_t conflicting = 0;  ///< a series twice on a page with two values: the first is kept
    std::uint64_t out_of_order = 0;  ///< stamped before a sample that is held: dropped
    std::uint64_t ahead = 0;         ///< stamped ahead of our clock: taken as of now
    std::uint64_t out_of_range = 0;  ///< stamped over ten minutes ahead or before 1970: dropped
    std::uint64_t malformed = 0;     ///< bad lines that no expression reads: passed over

    friend bool operator==(const OddSamples&, const OddSamples&) = default;
};

/// One line of `tided status` and of readiness per source.
struct SourceHealth {
    std::size_t lanes = 0;    ///< that fetch samples
    std::size_t failing = 0;  ///< lanes whose last fetch failed
    std::size_t silent = 0;   ///< of these, lanes whose peer did not answer at all
    /// Of the lane that failed last; when none fails, what a server warned of last while it still
    /// does; else "".
    std::string last_error;
    OddSamples odd{};
    std::size_t servers = 1;        ///< that may answer in one another's place
    std::size_t server = 0;         ///< which of them answered last, from 0
    std::size_t series = 0;         ///< kept
    bool finds_targets = false;     ///< lanes come and go with what is discovered
    std::size_t dropped = 0;        ///< discovered targets that relabelling drops
    std::string discovery_error{};  ///< why the targets may be others than these, ""

    /// Without a target to fail, why none is known.
    [[nodiscard]] bool is_blind() const { return lanes == 0 && !discovery_error.empty(); }
    /// Why nothing of it can be read, when that is so.
    [[nodiscard]] std::string trouble() const {
        return is_blind() ? "finding targets: " + discovery_error : last_error;
    }
};

class Source {
public:
    Source() = default;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    virtual ~Source() = default;

    /// Replaces what is asked of this source. What stays asked keeps its samples and its window
    /// through a reload. Lane numbers may change; fetches under way are dropped harmlessly.
    /// Errors: an expression that does not parse (config has refused it before).
    [[nodiscard]] virtual Status demand(std::vector<Query> queries) = 0;

    /// Numbers from 0 that a lane may have. Some may stand for none at the time.
    [[nodiscard]] virtual std::size_t lanes() const = 0;

    /// How many lanes may be fetched at the same time.
    [[nodiscard]] virtual std::size_t concurrency() const { return 256; }

    /// When `lane` wants its next fetch: strictly after `after`; instants are spread by hash.
    /// TimePoint::max() for a number without a lane.
    [[nodiscard]] virtual TimePoint next(std::size_t lane, TimePoint after) const = 0;

    /// Fetches `lane` once. `now` stamps samples that carry no stamp of their own.
    [[nodiscard]] virtual boost::asio::awaitable<Fetched> fetch(std::size_t lane,
                                                                TimePoint now,
                                                                Deadline deadline) = 0;

    /// Told by the daemon, which has a clock: the last fetch of `lane` took this long.
    /// Becomes scrape_duration_seconds.
    virtual void measured(std::size_t /*lane*/, Duration /*took*/) {}

    /// How long one fetch may take.
    [[nodiscard]] virtual Duration timeout() const = 0;

    /// How long a fetch of `lane` may take, where lanes differ.
    [[nodiscard]] virtual Duration timeout_of(std::size_t /*lane*/) const { return timeout(); }

    /// `tell` is called when lanes have come, gone or changed their next instant outside a fetch
    /// of their own. Set once, before the first fetch.
    virtual void on_moved(const std::function<void()>& /*tell*/) {}
    /// These lanes, since the last call.
    [[nodiscard]] virtual std::vector<std::size_t> take_moved() { return {}; }

    /// It is not asked any more: long fetches end.
    virtual void retire() {}

    /// The reading of queries[index] of the last demand() at `now`; no I/O.
    [[nodiscard]] virtual Reading read(std::size_t index, TimePoint now) = 0;

    /// The values that queries[index] of the last demand() asks for, at `now`; no I/O. Nothing
    /// where the source answers no such queries.
    [[nodiscard]] virtual Listing list(std::size_t /*index*/, TimePoint /*now*/) { return {}; }

    /// The elements that queries[index] of the last demand() asks for, at `now`; no I/O. Some may
    /// be missing or old: each speaks for itself.
    [[nodiscard]] virtual Measurements measure(std::size_t /*index*/, TimePoint /*now*/) {
        return {};
    }

    [[nodiscard]] virtual SourceHealth health() const = 0;

    /// Of each lane, by its number; empty where lanes are not told apart by cost.
    [[nodiscard]] virtual std::vector<LaneCost> costs() const { return {}; }

    /// Shifts every stored instant after a wall-clock jump, and those of fetches under way.
    virtual void rebase(Duration jump) = 0;
};

}  // namespace tided::metrics
