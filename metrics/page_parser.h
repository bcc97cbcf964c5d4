// PageParser: a strict pull parser of exposition pages, one entry a call.
//
//   while (entry = parser.next()):  help | type | unit | comment   family() text() type()
//                                   series                         key() value() labels() ...
//                                   eof                            the page was right to its end
//
// metrics/exposition.h and metrics/openmetrics.h are the two formats. Both take what Prometheus'
// parsers take (2.42, and the quoted UTF-8 names of 3.x) and refuse what these refuse; like them
// they do not mind repeated or interleaved metadata. Beyond Prometheus' parser, but as its
// scrape loop does, a series must name each label once and have a name that is valid UTF-8.
// Nothing is copied or allocated per entry: accessors are views into the page.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/vocab/labels.h"
#include "policy/vocab/result.h"

namespace tided::metrics {

enum class Format : std::uint8_t { text, openmetrics };

enum class Entry : std::uint8_t { type, help, unit, comment, series, eof };

enum class MetricType : std::uint8_t {
    unknown,
    counter,
    gauge,
    histogram,
    gaugehistogram,
    summary,
    info,
    stateset
};

/// A label as it stands on the page: escapes not resolved.
struct RawLabel {
    std::string_view name;
    std::string_view value;
};

struct Exemplar {
    std::vector<RawLabel> labels;
    double value = 0.0;
    std::optional<std::int64_t> timestamp_ms;
};

/// Resolves `\\`, `\"` and `\n`; any other backslash stays, as in Prometheus.
[[nodiscard]] std::string unescaped(std::string_view raw);

class PageParser {
public:
    /// REQUIRES: `page` outlives the parser.
    explicit PageParser(std::string_view page)
        : begin_(page.data()), cursor_(begin_), end_(begin_ + page.size()) {}
    PageParser(const PageParser&) = delete;
    PageParser& operator=(const PageParser&) = delete;
    virtual ~PageParser() = default;

    /// The next entry. Errors: corrupt, with a message "LINE:COL: expected ..., got ...", lines
    /// and columns from 1, columns in bytes. After an error or eof the parser is spent.
    [[nodiscard]] virtual Result<Entry> next() = 0;

    /// The known path: when the next line is `known_key`, one space, a value and perhaps a
    /// timestamp, takes it as next() would and gives true; else nothing moves. Afterwards
    /// value() and timestamp_ms() are valid, labels() and exemplar() are not.
    /// REQUIRES: `known_key` was a key() of this format.
    [[nodiscard]] virtual bool next_known(std::string_view known_key) = 0;

    /// Where the next entry begins; seek() goes there, or to the start of another line.
    [[nodiscard]] const char* position() const { return cursor_; }
    void seek(const char* line_start) { cursor_ = line_start; }
    [[nodiscard]] const char* end() const { return end_; }

    // Of type, help and unit entries.
    [[nodiscard]] std::string_view family() const { return family_; }
    [[nodiscard]] MetricType type() const { return type_; }
    /// Of help, unit and comment entries, escapes not resolved; a comment with its "#".
    [[nodiscard]] std::string_view text() const { return text_; }
    /// Of all entries but series: the whole line without its end.
    [[nodiscard]] std::string_view line() const { return line_; }

    // Of series entries.
    /// The bytes that tell the series on the page, from its name to the closing brace.
    [[nodiscard]] std::string_view key() const { return key_; }
    [[nodiscard]] double value() const { return value_; }
    [[nodiscard]] std::optional<std::int64_t> timestamp_ms() const { return timestamp_ms_; }
    /// Escapes not resolved.
    [[nodiscard]] std::string_view raw_name() const { return *name_; }
    [[nodiscard]] const std::vector<RawLabel>& raw_labels() const { return labels_; }
    /// Whether all labels are ASCII without escapes and all names unquoted: they are as they stand.
    [[nodiscard]] bool is_plain() const { return is_plain_; }
    /// Name and labels resolved and normalised.
    [[nodiscard]] Labels labels() const;
    /// Nothing when the series carries none.
    [[nodiscard]] const Exemplar* exemplar() const { return has_exemplar_ ? &exemplar_ : nullptr; }

protected:
    /// What the two formats disagree on inside braces.
    struct LabelRules {
        bool blanks = false;          ///< spaces and tabs between tokens
        bool optional_comma = false;  ///< a="1" b="2"
        bool line_end_in_value = false;
        bool may_name_metric = true;  ///< {"metric.name", ...}
    };

    [[nodiscard]] tl::unexpected<Error> expected(const char* at, const std::string& what) const;
    [[nodiscard]] tl::unexpected<Error> expected(const char* at,
                                                 const std::string& what,
                                                 std::string_view got) const;

    void skip_blanks();
    void scan_metric_name();
    [[nodiscard]] static bool starts_name(char c);

    /// Scans a quoted string whose opening quote is at the cursor; gives its inside.
    [[nodiscard]] Result<std::string_view> scan_quoted(const char* what, bool line_end, bool nul);

    /// Reads what nearly every value is, a short decimal that `stop` ends; else nothing moves.
    [[nodiscard]] bool take_short_value(char stop);

    /// Scans `name="value",...}` with the cursor after the "{".
    [[nodiscard]] Status scan_labels(const LabelRules& rules, std::vector<RawLabel>& labels);
    /// Scans a metric name, plain or quoted, after HELP, TYPE or UNIT.
    [[nodiscard]] Status scan_family(const char* keyword);
    /// Judges what a series' braces gave: one name, each label once. `at` is where it starts.
    [[nodiscard]] Status check_series(const char* at) const;
    [[nodiscard]] Status check_utf8(std::string_view text, const char* what) const;

    const char* begin_;
    const char* cursor_;
    const char* end_;

    std::string_view family_;
    std::string_view text_;
    std::string_view line_;
    MetricType type_ = MetricType::unknown;
    std::string_view key_;
    std::optional<std::string_view> name_;
    std::vector<RawLabel> labels_;
    double value_ = 0.0;
    std::optional<std::int64_t> timestamp_ms_;
    Exemplar exemplar_;
    bool has_exemplar_ = false;
    bool is_plain_ = true;

private:
    [[nodiscard]] bool take_plain_label(std::vector<RawLabel>& labels);
    [[nodiscard]] Status scan_label(const LabelRules& rules, std::vector<RawLabel>& labels);
    [[nodiscard]] Result<std::string_view> scan_label_name(bool& quoted);
    [[nodiscard]] Status scan_label_value(const LabelRules& rules,
                                          std::string_view name,
                                          std::vector<RawLabel>& labels);
    [[nodiscard]] std::string described(const char* at) const;
};

/// The parser of `format` over `page`, which must outlive it.
[[nodiscard]] std::unique_ptr<PageParser> make_parser(Format format, std::string_view page);

}  // namespace tided::metrics
