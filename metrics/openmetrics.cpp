#include "metrics/openmetrics.h"

#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "metrics/characters.h"
#include "metrics/number.h"

namespace tided::metrics {
namespace {

constexpr const char* type_names =
    "a metric type (counter, gauge, histogram, gaugehistogram, summary, info, stateset or "
    "unknown)";
constexpr std::string_view exemplar_start = " # {";

std::optional<MetricType> type_of(std::string_view text) {
    struct Named {
        std::string_view name;
        MetricType type;
    };
    static constexpr std::array<Named, 8> named{{{"counter", MetricType::counter},
                                                 {"gauge", MetricType::gauge},
                                                 {"histogram", MetricType::histogram},
                                                 {"gaugehistogram", MetricType::gaugehistogram},
                                                 {"summary", MetricType::summary},
                                                 {"info", MetricType::info},
                                                 {"stateset", MetricType::stateset},
                                                 {"unknown", MetricType::unknown}}};
    for (const Named& candidate : named) {
        if (candidate.name == text) {
            return candidate.type;
        }
    }
    return std::nullopt;
}

const char* token_end(const char* at, const char* end) {
    while (at < end && *at != ' ' && *at != '\n' && *at != '\0') {
        ++at;
    }
    return at;
}

// Seconds as a page writes them, in milliseconds, cut as Prometheus cuts; what does not fit
// becomes the least integer, as Go converts on amd64.
std::optional<std::int64_t> milliseconds_of(std::string_view text) {
    constexpr double limit = 9223372036854775808.0;
    const auto seconds = parse_number(text);
    if (!seconds || !std::isfinite(*seconds)) {
        return std::nullopt;
    }
    const double milliseconds = *seconds * 1000.0;
    return std::abs(milliseconds) < limit ? static_cast<std::int64_t>(milliseconds)
                                          : std::numeric_limits<std::int64_t>::min();
}

}  // namespace

Result<Entry> OpenMetricsParser::next() {
    if (cursor_ == end_) {
        return expected(cursor_, "\"# EOF\" as the last line");
    }
    if (*cursor_ == '#') {
        return hash_line();
    }
    if (*cursor_ == '{' || starts_name(*cursor_)) {
        return series();
    }
    return expected(cursor_, "a metric name or \"# \"");
}

Result<Entry> OpenMetricsParser::hash_line() {
    const char* const line_start = cursor_++;
    if (cursor_ == end_ || *cursor_ != ' ') {
        return expected(cursor_, "a space after \"#\"");
    }
    ++cursor_;
    if (at("EOF")) {
        return end_of_page();
    }
    if (at("HELP ")) {
        return metadata(line_start, Entry::help);
    }
    if (at("TYPE ")) {
        return metadata(line_start, Entry::type);
    }
    if (at("UNIT ")) {
        return metadata(line_start, Entry::unit);
    }
    return expected(
        cursor_, "HELP, TYPE, UNIT or EOF after \"# \"", view(cursor_, token_end(cursor_, end_)));
}

Result<Entry> OpenMetricsParser::end_of_page() {
    cursor_ += 3;
    if (cursor_ < end_ && *cursor_ == '\n') {
        ++cursor_;
    }
    if (cursor_ != end_) {
        return expected(cursor_, "nothing after \"# EOF\"");
    }
    return Entry::eof;
}

Result<Entry> OpenMetricsParser::metadata(const char* line_start, Entry entry) {
    const std::string keyword{cursor_, 4};
    cursor_ += 5;
    if (const Status named = scan_family(keyword.c_str()); !named) {
        return fail(named.error());
    }
    if (cursor_ == end_ || *cursor_ != ' ') {
        return expected(cursor_, "a space after the metric name");
    }
    ++cursor_;
    const void* const found = std::memchr(cursor_, '\n', static_cast<std::size_t>(end_ - cursor_));
    if (found == nullptr) {
        return expected(end_, "the end of the line");
    }
    const char* const line_end = static_cast<const char*>(found);
    text_ = view(cursor_, line_end);
    line_ = view(line_start, line_end);
    cursor_ = line_end + 1;
    return judged_metadata(entry);
}

Result<Entry> OpenMetricsParser::judged_metadata(Entry entry) {
    if (entry == Entry::help) {
        if (const Status valid = check_utf8(text_, "the help text"); !valid) {
            return fail(valid.error());
        }
    } else if (entry == Entry::type) {
        const auto type = type_of(text_);
        if (!type) {
            return expected(text_.data(), type_names, text_);
        }
        type_ = *type;
    } else if (!text_.empty()) {
        const bool is_suffix = family_.size() > text_.size() && family_.ends_with(text_) &&
                               family_[family_.size() - text_.size() - 1] == '_';
        if (!is_suffix) {
            return expected(family_.data(),
                            "a metric name that ends in its unit, \"_" + std::string{text_} + "\"",
                            family_);
        }
    }
    return entry;
}

Result<Entry> OpenMetricsParser::series() {
    const LabelRules rules{};
    const char* const start = cursor_;
    labels_.clear();
    name_.reset();
    is_plain_ = true;
    has_exemplar_ = false;
    if (*cursor_ != '{') {
        scan_metric_name();
    }
    if (cursor_ < end_ && *cursor_ == '{') {
        ++cursor_;
        if (const Status scanned = scan_labels(rules, labels_); !scanned) {
            return fail(scanned.error());
        }
    }
    key_ = view(start, cursor_);
    if (const Status whole = check_series(start); !whole) {
        return fail(whole.error());
    }
    if (const Status valued = suffix(); !valued) {
        return fail(valued.error());
    }
    return Entry::series;
}

Status OpenMetricsParser::scan_value(const char* what, double& value) {
    const std::string after{what};
    if (cursor_ == end_ || *cursor_ != ' ') {
        return expected(cursor_, "a space and a value after " + after);
    }
    const char* const start = ++cursor_;
    cursor_ = token_end(cursor_, end_);
    if (cursor_ == start) {
        return expected(cursor_, "a value after " + after);
    }
    const auto number = parse_number(view(start, cursor_));
    if (!number) {
        return expected(start, "a number as the value", view(start, cursor_));
    }
    value = *number;
    return {};
}

Status OpenMetricsParser::scan_timestamp(std::optional<std::int64_t>& timestamp_ms) {
    const char* const start = ++cursor_;
    cursor_ = token_end(cursor_, end_);
    timestamp_ms = milliseconds_of(view(start, cursor_));
    if (!timestamp_ms) {
        return expected(start, "a timestamp in seconds", view(start, cursor_));
    }
    return {};
}

Status OpenMetricsParser::end_line(const char* after) {
    if (cursor_ == end_ || *cursor_ != '\n') {
        return expected(cursor_, std::string{"the end of the line after "} + after);
    }
    ++cursor_;
    return {};
}

Status OpenMetricsParser::suffix() {
    if (take_plain_suffix()) {
        return {};
    }
    if (Status valued = scan_value("the metric", value_); !valued) {
        return valued;
    }
    timestamp_ms_.reset();
    if (cursor_ < end_ && *cursor_ == ' ' && !at(" #")) {
        if (Status stamped = scan_timestamp(timestamp_ms_); !stamped) {
            return stamped;
        }
    }
    if (at(exemplar_start)) {
        return exemplar_suffix();
    }
    return end_line(timestamp_ms_ ? "the timestamp" : "the value");
}

// What nearly every line ends in: a space, a short value, the line's end.
bool OpenMetricsParser::take_plain_suffix() {
    const char* const start = cursor_;
    if (cursor_ == end_ || *cursor_++ != ' ' || !take_short_value('\n')) {
        cursor_ = start;
        return false;
    }
    timestamp_ms_.reset();
    ++cursor_;
    return true;
}

Status OpenMetricsParser::exemplar_suffix() {
    cursor_ += exemplar_start.size();
    exemplar_.labels.clear();
    if (Status scanned = scan_labels({.may_name_metric = false}, exemplar_.labels); !scanned) {
        return scanned;
    }
    if (Status valued = scan_value("the exemplar's labels", exemplar_.value); !valued) {
        return valued;
    }
    exemplar_.timestamp_ms.reset();
    if (cursor_ < end_ && *cursor_ == ' ') {
        if (Status stamped = scan_timestamp(exemplar_.timestamp_ms); !stamped) {
            return stamped;
        }
    }
    has_exemplar_ = true;
    return end_line("the exemplar");
}

bool OpenMetricsParser::next_known(std::string_view known_key) {
    const std::size_t size = known_key.size();
    if (static_cast<std::size_t>(end_ - cursor_) < size + 2 || cursor_[size] != ' ' ||
        std::memcmp(cursor_, known_key.data(), size) != 0) {
        return false;
    }
    const char* const value_start = cursor_ + size + 1;
    const char* stop = token_end(value_start, end_);
    const auto value = parse_number(view(value_start, stop));
    if (!value) {
        return false;
    }
    std::optional<std::int64_t> stamp;
    if (stop + 1 < end_ && *stop == ' ' && stop[1] != '#') {
        const char* const stamp_start = stop + 1;
        stop = token_end(stamp_start, end_);
        stamp = milliseconds_of(view(stamp_start, stop));
        if (!stamp) {
            return false;
        }
    }
    if (stop == end_ || *stop != '\n') {
        return false;
    }
    value_ = *value;
    timestamp_ms_ = stamp;
    has_exemplar_ = false;
    cursor_ = stop + 1;
    return true;
}

}  // namespace tided::metrics
