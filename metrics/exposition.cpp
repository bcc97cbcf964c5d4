#include "metrics/exposition.h"

#include <array>
#include <charconv>
#include <cstring>

#include "metrics/characters.h"
#include "metrics/number.h"

namespace tided::metrics {
namespace {

constexpr const char* type_names = "a metric type (counter, gauge, histogram, summary or untyped)";

std::optional<MetricType> type_of(std::string_view text) {
    struct Named {
        std::string_view name;
        MetricType type;
    };
    static constexpr std::array<Named, 5> named{{{"counter", MetricType::counter},
                                                 {"gauge", MetricType::gauge},
                                                 {"histogram", MetricType::histogram},
                                                 {"summary", MetricType::summary},
                                                 {"untyped", MetricType::unknown}}};
    for (const Named& candidate : named) {
        if (candidate.name == text) {
            return candidate.type;
        }
    }
    return std::nullopt;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool ends_value(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '{' || c == '\0';
}

const char* value_end(const char* at, const char* end) {
    while (at < end && !ends_value(*at)) {
        ++at;
    }
    return at;
}

}  // namespace

Result<Entry> ExpositionParser::next() {
    for (;;) {
        const char* const line_start = cursor_;
        skip_blanks();
        if (cursor_ == end_ || *cursor_ == '\0') {
            return Entry::eof;
        }
        if (*cursor_ == '\n') {
            ++cursor_;
            continue;
        }
        if (*cursor_ == '#') {
            return hash_line(line_start);
        }
        const bool indented = cursor_ > line_start;
        if (*cursor_ == '{' || (!indented && starts_name(*cursor_))) {
            return series();
        }
        return expected(indented ? line_start : cursor_, "a metric name or \"#\"");
    }
}

Result<Entry> ExpositionParser::hash_line(const char* line_start) {
    const char* const hash = cursor_++;
    skip_blanks();
    const bool indented = cursor_ > hash + 1;
    const std::string_view rest = view(cursor_, end_);
    if (indented && rest.size() > 4 && (rest[4] == ' ' || rest[4] == '\t')) {
        if (rest.substr(0, 4) == "HELP") {
            return metadata(line_start, Entry::help);
        }
        if (rest.substr(0, 4) == "TYPE") {
            return metadata(line_start, Entry::type);
        }
    }
    const bool nul_ends = !indented || (cursor_ < end_ && *cursor_ == '\0');
    end_line(line_start);
    text_ = view(hash, line_.data() + line_.size());
    return nul_ends && text_.find('\0') != text_.npos ? Entry::eof : Entry::comment;
}

// What follows the name is taken as Prometheus' lexer takes it: one character of any kind parts
// it from the name; nothing but blanks is an empty text.
Result<Entry> ExpositionParser::metadata(const char* line_start, Entry entry) {
    cursor_ += 4;
    skip_blanks();
    if (const Status named = scan_family(entry == Entry::help ? "HELP" : "TYPE"); !named) {
        return fail(named.error());
    }
    const char* const after_name = cursor_;
    if (cursor_ < end_ && *cursor_ == '\0') {
        return expected(cursor_, "a space after the metric name");
    }
    skip_blanks();
    const bool blank = at_line_end();
    end_line(line_start);
    const char* const line_end = line_.data() + line_.size();
    text_ = blank ? std::string_view{} : view(after_name + 1, line_end);
    if (entry == Entry::help) {
        if (const Status valid = check_utf8(text_, "the help text"); !valid) {
            return fail(valid.error());
        }
        return Entry::help;
    }
    const auto type = type_of(text_);
    if (!type) {
        return expected(blank ? line_end : after_name + 1, type_names, text_);
    }
    type_ = *type;
    return Entry::type;
}

void ExpositionParser::end_line(const char* line_start) {
    const void* const found = std::memchr(cursor_, '\n', static_cast<std::size_t>(end_ - cursor_));
    const char* const line_end = found == nullptr ? end_ : static_cast<const char*>(found);
    line_ = view(line_start, line_end);
    cursor_ = found == nullptr ? end_ : line_end + 1;
}

Result<Entry> ExpositionParser::series() {
    const LabelRules rules{.blanks = true, .optional_comma = true, .line_end_in_value = true};
    const char* const start = cursor_;
    labels_.clear();
    name_.reset();
    is_plain_ = true;
    if (*cursor_ != '{') {
        scan_metric_name();
    }
    const char* key_end = cursor_;
    skip_blanks();
    if (cursor_ < end_ && *cursor_ == '{') {
        ++cursor_;
        if (const Status scanned = scan_labels(rules, labels_); !scanned) {
            return fail(scanned.error());
        }
        key_end = cursor_;
    }
    key_ = view(start, key_end);
    if (const Status whole = check_series(start); !whole) {
        return fail(whole.error());
    }
    if (const Status valued = suffix(); !valued) {
        return fail(valued.error());
    }
    return Entry::series;
}

Status ExpositionParser::suffix() {
    skip_blanks();
    if (take_short_value('\n')) {
        timestamp_ms_.reset();
        ++cursor_;
        return {};
    }
    const char* const value_start = cursor_;
    cursor_ = value_end(cursor_, end_);
    if (cursor_ == value_start) {
        return expected(cursor_, "a value after the metric");
    }
    const auto value = parse_number(view(value_start, cursor_));
    if (!value) {
        return expected(value_start, "a number as the value", view(value_start, cursor_));
    }
    value_ = *value;
    timestamp_ms_.reset();
    skip_blanks();
    if (!at_line_end()) {
        if (!is_digit(*cursor_)) {
            return expected(cursor_, "a timestamp in milliseconds or the end of the line");
        }
        std::int64_t timestamp = 0;
        const char* const start = cursor_;
        const auto [stopped, error] = std::from_chars(start, end_, timestamp);
        cursor_ = stopped;
        if (error != std::errc{}) {
            return expected(start, "a timestamp that fits in 64 bits", view(start, stopped));
        }
        timestamp_ms_ = timestamp;
        skip_blanks();
        if (!at_line_end()) {
            return expected(cursor_, "the end of the line after the timestamp");
        }
    }
    if (cursor_ < end_) {
        ++cursor_;
    }
    return {};
}

bool ExpositionParser::next_known(std::string_view known_key) {
    const std::size_t size = known_key.size();
    if (static_cast<std::size_t>(end_ - cursor_) < size + 2 || cursor_[size] != ' ' ||
        std::memcmp(cursor_, known_key.data(), size) != 0) {
        return false;
    }
    const char* const value_start = cursor_ + size + 1;
    const char* at = value_end(value_start, end_);
    const auto value = parse_number(view(value_start, at));
    if (!value) {
        return false;
    }
    std::optional<std::int64_t> stamp;
    if (at < end_ && *at == ' ' && at + 1 < end_ && is_digit(at[1])) {
        std::int64_t timestamp = 0;
        const auto [stopped, error] = std::from_chars(at + 1, end_, timestamp);
        if (error != std::errc{}) {
            return false;
        }
        at = stopped;
        stamp = timestamp;
    }
    if (at < end_ && *at != '\n') {
        return false;
    }
    value_ = *value;
    timestamp_ms_ = stamp;
    cursor_ = at < end_ ? at + 1 : at;
    return true;
}

}  // namespace tided::metrics
