// Source: where readings come from. It is asked for a set of queries, fetches what they need on
// its own lanes, and reads each query from memory at any instant.
//
//   lane   one independent fetch: a scrape target, or one query of a Prometheus server. The
//          daemon drives lanes with bounded concurrency; lanes never wait for one another, so one
//          dead target or query cannot stop the others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "policy/vocab/reading.h"
#include "policy/vocab/result.h"
#include "policy/vocab/time.h"

namespace tided::metrics {

/// What one metric of one policy asks of a source.
struct Query {
    std::string expression;  ///< PromQL
    Duration max_age = std::chrono::seconds{30};

    friend bool operator==(const Query&, const Query&) = default;
};

/// What became of one fetch, for logs and tided_scrapes_total{source,outcome}.
struct Fetched {
    Status status;  ///< the failure, with where: "scraping http://…: connecting: …"
    std::size_t samples = 0;
    std::size_t bytes = 0;
    std::string warning;  ///< what the server warned of though it answered; "" when nothing
    Duration took{};      ///< filled by the daemon, which has a clock
};

/// Samples of a source's pages that were not taken as they stood there, since its start.
struct OddSamples {
    std::uint64_t conflicting = 0;  ///< a series twice on a page with two values: the first is kept
    std::uint64_t out_of_order = 0;  ///< stamped before a sample that is held: dropped
    std::uint64_t ahead = 0;         ///< stamped ahead of our clock: taken as of now
    std::uint64_t out_of_range = 0;  ///< stamped over ten minutes ahead or before 1970: dropped

    friend bool operator==(const OddSamples&, const OddSamples&) = default;
};

/// One line of `tided status` and of readiness per source.
struct SourceHealth {
    std::size_t lanes = 0;
    std::size_t failing = 0;  ///< lanes whose last fetch failed
    std::size_t silent = 0;   ///< of these, lanes whose peer did not answer at all
    /// Of the lane that failed last; when none fails, what a server warned of last while it still
    /// does; else "".
    std::string last_error;
    OddSamples odd{};
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

    [[nodiscard]] virtual std::size_t lanes() const = 0;

    /// When `lane` wants its next fetch: strictly after `after`; instants are spread by hash.
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

    /// The reading of queries[index] of the last demand() at `now`; no I/O.
    [[nodiscard]] virtual Reading read(std::size_t index, TimePoint now) = 0;

    [[nodiscard]] virtual SourceHealth health() const = 0;

    /// Shifts every stored instant after a wall-clock jump, and those of fetches under way.
    virtual void rebase(Duration jump) = 0;
};

}  // namespace tided::metrics
