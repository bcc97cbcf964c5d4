// PageReader: a target's page into staged samples, against the lines that were read before.
//
//   in step    the line that followed last time follows again: one compare, one number
//   moved      a known line elsewhere: found by one hash probe, in step from there
//   unwanted   its metric name is none that an expression reads: skipped to the end of the line
//   other      PageParser reads and judges it
//
// A strict reading leaves nothing unread: the first of a target, one in a hundred after that, and
// every one after a page that was refused. In between, lines that nobody wants and metadata are
// not judged. Where Prometheus refuses the page for a bad line, here one that nobody wants is
// counted and told, and the others are taken; a wanted line, or one that cannot be told to be
// unwanted, refuses the page. What a line is taken for never depends on the way it was read:
// tests/fuzz/page_properties.cpp holds every page to that.
//
// Nothing is allocated for a known line, and nothing reaches the store: the scraper commits what is
// staged, or drops it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "metrics/exposition.h"
#include "metrics/openmetrics.h"
#include "metrics/page_parser.h"
#include "metrics/series_cache.h"
#include "metrics/unwanted_lines.h"
#include "metrics/wanted.h"
#include "policy/vocab/result.h"

namespace tided::metrics {

class PageReader {
public:
    struct Sample {
        double value = 0.0;
        SeriesCache::Index line{};  ///< >= the cache's size: fresh()[line - size]
        std::uint32_t stamp = 0;    ///< 0: none; else stamps()[stamp - 1]
    };
    /// A series that the cache does not know. Views are into the page.
    struct Fresh {
        std::string_view key;
        std::string_view name;  ///< escapes not resolved
        bool is_plain = false;  ///< there are no escapes
        std::uint32_t first_label = 0;
        std::uint32_t label_count = 0;
        SeriesCache::Index after{};  ///< the line before it on the page, or none
    };
    struct Bad {
        std::size_t lines = 0;
        std::string first;  ///< "LINE:COL: expected ..."; "" when there are none
    };

    /// What a page comes to before it is committed. One is read at a time: the targets of a source
    /// share the room.
    struct Room {
        std::vector<Sample> staged;
        std::vector<std::int64_t> stamps;
        std::vector<Fresh> fresh;
        std::vector<RawLabel> labels;
        std::variant<std::monostate, ExpositionParser, OpenMetricsParser> parser;
    };

    /// Without `wanted`, everything is wanted. Readers of different `phase` read strictly at
    /// different times. REQUIRES: all of it outlives the reader.
    PageReader(SeriesCache& cache, const Wanted* wanted, std::uint32_t phase, Room& room);

    /// Reads `page`, the cache's page number `number`. After an error nothing staged is of use.
    /// Errors: corrupt, "LINE:COL: expected ..."; out_of_capacity over `sample_limit` samples.
    [[nodiscard]] Status read(Format format,
                              std::string_view page,
                              std::uint32_t number,
                              std::size_t sample_limit);

    /// What the last reading came to, until the room is read into again.
    [[nodiscard]] std::span<const Sample> staged() const { return room_.staged; }
    [[nodiscard]] std::span<const Fresh> fresh() const { return room_.fresh; }
    [[nodiscard]] std::span<const RawLabel> labels(const Fresh& fresh) const {
        return std::span{room_.labels}.subspan(fresh.first_label, fresh.label_count);
    }
    [[nodiscard]] std::int64_t stamp_ms(std::uint32_t stamp) const {
        return room_.stamps[stamp - 1];
    }

    /// Samples on the page, wanted or not.
    [[nodiscard]] std::size_t samples() const { return samples_; }
    /// Bad lines that nobody wants, as the last strict reading found them.
    [[nodiscard]] const Bad& bad() const { return bad_; }
    /// Whether the last reading was strict.
    [[nodiscard]] bool was_strict() const { return was_strict_; }

private:
    [[nodiscard]] PageParser& begin(Format format, std::string_view page);
    [[nodiscard]] Status read_all();
    [[nodiscard]] bool take_next();
    std::size_t take_in_step(std::size_t most);
    [[nodiscard]] const char* take_value(const char* at, const SeriesCache::Line& line);
    [[nodiscard]] const char* take_stamp(const char* at);
    [[nodiscard]] bool take_known();
    [[nodiscard]] bool step_over_unwanted();
    [[nodiscard]] bool take_moved();
    [[nodiscard]] std::size_t look_ahead(std::size_t lines);
    [[nodiscard]] const char* key_end_of(const char* at, const char* stop) const;
    void link(SeriesCache::Index before, SeriesCache::Index line);
    [[nodiscard]] Result<bool> take_parsed();
    [[nodiscard]] Status pass_over(const char* line_start, Error error);
    void stage_parsed();
    void stage(SeriesCache::Index line, double value, std::uint32_t stamp);
    void follow(SeriesCache::Index line);

    SeriesCache& cache_;
    Room& room_;
    UnwantedLines unwanted_;
    Format format_ = Format::text;
    bool is_strict_ = true;
    bool was_strict_ = true;
    std::uint32_t until_strict_ = 0;  ///< pages that need not be read strictly
    std::uint32_t next_period_;
    std::uint32_t number_ = 0;
    std::size_t sample_limit_ = 0;
    PageParser* parser_ = nullptr;  ///< of the page that is being read
    const char* end_ = nullptr;

    SeriesCache::Index guess_ = SeriesCache::none;  ///< what comes next if all is as it was
    SeriesCache::Index last_ = SeriesCache::none;   ///< the line taken last
    unsigned moves_ = 0;                            ///< moved lines in a row
    bool ends_stamped_ = false;                     ///< the last line taken had a timestamp
    std::array<SeriesCache::Index, 16> ahead_{};    ///< guesses for the lines to come

    std::size_t samples_ = 0;
    Bad bad_;
};

}  // namespace tided::metrics
