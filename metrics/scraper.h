// Scraper: one target's pages into the store, by the rules of Prometheus' scrape loop.
//
//   page -> staged samples -> commit          a page is taken whole or not at all
//   series gone from the page                 get a staleness marker
//   connection refused: nobody listens        all series of the target get one; up = 0
//   any other failure                         up = 0; the series are held: no marker, they age
//   failing for five minutes                  given up: all series get a staleness marker
//   up, scrape_duration_seconds, scrape_samples_scraped,
//   scrape_samples_post_metric_relabeling, scrape_series_added      series, too, where wanted
//
// Prometheus ends the series at every failure. Here a target that times out in an overload must not
// halve a sum that still reads as fresh: what it said last stands until that is too old to be
// fresh, and only then is it left out, so that a dead host in a static list does not keep a reading
// stale for ever.
//
// A page's stamp ahead of our clock counts as now: by its own instant a dead exporter would stay
// fresh until we are there. The same stamp read again is the same sample and is not taken again.
// More than ten minutes ahead, or before 1970, it is dropped.
//
// Series with timestamps of their own end without a marker, as in Prometheus. It does no I/O and
// reads no clock: the source hands it pages and instants.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/discovery/target.h"
#include "metrics/matcher.h"
#include "metrics/page_reader.h"
#include "metrics/series_cache.h"
#include "metrics/series_labels.h"
#include "metrics/source.h"
#include "metrics/spec.h"
#include "metrics/store.h"
#include "metrics/transport.h"
#include "metrics/wanted.h"
#include "policy/vocab/result.h"
#include "policy/vocab/time.h"

namespace tided::metrics {

/// How long a target may fail before it is left out: Prometheus' lookback.
inline constexpr Duration given_up_after = std::chrono::minutes{5};

/// Whether a scrape itself makes the series of this name: up and its like.
[[nodiscard]] bool is_made_by_scrapes(std::string_view name);

class Scraper {
public:
    /// Stores what `wanted` matches; without it, everything. Reads pages in `room`; without it, in
    /// one of its own. REQUIRES: all of it outlives the scraper.
    Scraper(const ScrapeSpec& spec,
            Target target,
            Store& store,
            const Wanted* wanted = nullptr,
            PageReader::Room* room = nullptr);

    [[nodiscard]] Get request() const;

    /// Takes what came of a scrape that began at `now`, page or failure.
    Fetched take(const Result<Page>& answer, TimePoint now);

    /// The target is none any more: all its series, up and its like too, get a staleness marker.
    void end(TimePoint now);

    /// How long the scrape that was taken last took.
    void measured(Duration took);

    /// Whether it is known what the target has to say of that which is wanted since this change:
    /// a page came after it, nobody listens, or it was given up.
    [[nodiscard]] bool is_known(std::uint32_t since = 0) const {
        return known_ && *known_ >= since;
    }
    /// Whether its series have ended: nobody listened at the last scrape, or it was given up.
    [[nodiscard]] bool has_ended() const { return has_ended_; }
    /// Whether a scrape ended, well or not, after this change.
    [[nodiscard]] bool is_tried(std::uint32_t since = 0) const {
        return tried_ && *tried_ >= since;
    }

    /// Whether `selector` may match series of this target's pages, by the target's labels.
    [[nodiscard]] bool may_match(std::span<const Matcher> selector) const;

    /// Shifts what is remembered, after a wall-clock jump.
    void rebase(Duration jump);

    [[nodiscard]] const Target& target() const { return target_; }

private:
    struct Interned {
        SeriesId id{};
        bool is_made = false;    ///< by this page
        bool is_stored = false;  ///< it is wanted
    };
    struct Kept {
        const char* name;
        SeriesId id{};
        std::uint32_t judged = UINT32_MAX;  ///< the version of wanted_ that is_wanted is of
        bool is_wanted = false;
    };

    [[nodiscard]] Status read(const Page& page);
    void judge_again();
    [[nodiscard]] std::uint32_t version() const { return wanted_ ? wanted_->version() : 0; }
    [[nodiscard]] Status intern_fresh();
    [[nodiscard]] Status check_limits(std::span<const LabelView> labels);
    void take_fresh_back();
    void miss(const Error& error, TimePoint now);
    void commit(TimePoint now);
    void prefetch(std::span<const PageReader::Sample> staged, std::size_t at);
    void cache_fresh();
    void commit_stamped(TimePoint at, double value, SeriesCache::Line& line, TimePoint now);
    void append_ahead(TimePoint at, double value, SeriesCache::Line& line, TimePoint now);
    void end_vanished(TimePoint now);
    void end_series(SeriesCache::Line& line, TimePoint now);
    void end_all(TimePoint now);
    void report(TimePoint now, bool up, std::size_t samples, std::size_t added);
    void keep(Kept& kept, TimePoint now, double value);
    [[nodiscard]] Labels labels_of(const Kept& kept) const;

    const ScrapeSpec& spec_;
    Target target_;
    SeriesLabels labels_;
    Store& store_;
    Group group_;
    TimePoint taken_at_{};
    std::optional<TimePoint> failing_since_;
    const Wanted* wanted_;
    std::uint32_t judged_ = 0;            ///< the version of wanted_ that the caches know
    std::optional<std::uint32_t> known_;  ///< the version when the target last told
    std::optional<std::uint32_t> tried_;  ///< the version at the last scrape
    SeriesCache cache_;
    SeriesCache retired_;  ///< lines of the format the target spoke before, until they are ended
    Format format_ = Format::text;
    bool has_ended_ = false;
    std::uint32_t page_ = 0;          ///< number of the page under way; lines remember their last
    std::string_view limit_;          ///< that refused the last page; "" when none did
    std::uint64_t removed_seen_ = 0;  ///< the store's removals when ids were last known good
    std::unique_ptr<PageReader::Room> own_room_;
    PageReader reader_;
    std::vector<Interned> interned_;  ///< of the reader's fresh series
    Kept up_{.name = "up"};
    Kept duration_{.name = "scrape_duration_seconds"};
    Kept scraped_{.name = "scrape_samples_scraped"};
    Kept relabeled_{.name = "scrape_samples_post_metric_relabeling"};
    Kept added_{.name = "scrape_series_added"};
};

}  // namespace tided::metrics
