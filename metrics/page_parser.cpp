#include "metrics/page_parser.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

#include "metrics/exposition.h"
#include "metrics/openmetrics.h"
#include "metrics/utf8.h"

namespace tided::metrics {
namespace {

constexpr std::uint8_t label_start = 1;   // [a-zA-Z_]
constexpr std::uint8_t label_inside = 2;  // [a-zA-Z0-9_]
constexpr std::uint8_t name_start = 4;    // [a-zA-Z_:]
constexpr std::uint8_t name_inside = 8;   // [a-zA-Z0-9_:]

constexpr std::array<std::uint8_t, 256> make_classes() {
    std::array<std::uint8_t, 256> classes{};
    for (std::size_t c = 0; c < classes.size(); ++c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        const bool digit = c >= '0' && c <= '9';
        if (letter) {
            classes[c] = label_start | label_inside | name_start | name_inside;
        } else if (digit) {
            classes[c] = label_inside | name_inside;
        } else if (c == ':') {
            classes[c] = name_start | name_inside;
        }
    }
    return classes;
}

constexpr std::array<std::uint8_t, 256> classes = make_classes();

bool is_of(char c, std::uint8_t wanted) {
    return (classes[static_cast<unsigned char>(c)] & wanted) != 0;
}

std::string_view view(const char* first, const char* last) {
    return {first, static_cast<std::size_t>(last - first)};
}

// The first name that occurs twice, resolved; empty when none does.
std::string repeated_name(std::string_view metric_name_text, const std::vector<RawLabel>& labels) {
    std::vector<std::string> names;
    names.reserve(labels.size() + 1);
    if (!metric_name_text.empty()) {
        names.emplace_back(metric_name_label);
    }
    for (const RawLabel& label : labels) {
        names.push_back(unescaped(label.name));
    }
    std::sort(names.begin(), names.end());
    const auto twin = std::adjacent_find(names.begin(), names.end());
    return twin == names.end() ? std::string{} : *twin;
}

// Cheap proof that no name repeats: few labels, no escapes, all different. False means: look.
bool are_plainly_distinct(const std::vector<RawLabel>& labels) {
    constexpr std::size_t few = 12;
    if (labels.size() > few) {
        return false;
    }
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i].name == metric_name_label ||
            labels[i].name.find('\\') != std::string_view::npos) {
            return false;
        }
        for (std::size_t j = 0; j < i; ++j) {
            if (labels[i].name == labels[j].name) {
                return false;
            }
        }
    }
    return true;
}

}  // namespace

std::string unescaped(std::string_view raw) {
    std::string text;
    text.reserve(raw.size());
    for (std::size_t i = 0; i < raw.size(); ++i) {
        const char next = raw[i] == '\\' && i + 1 < raw.size() ? raw[i + 1] : '\0';
        if (next == '\\' || next == '"') {
            text += next;
            ++i;
        } else if (next == 'n') {
            text += '\n';
            ++i;
        } else {
            text += raw[i];
        }
    }
    return text;
}

bool PageParser::skip_known(std::string_view line) {
    if (static_cast<std::size_t>(end_ - cursor_) <= line.size() || cursor_[line.size()] != '\n' ||
        std::memcmp(cursor_, line.data(), line.size()) != 0) {
        return false;
    }
    cursor_ += line.size() + 1;
    return true;
}

Labels PageParser::labels() const {
    Labels labels;
    labels.reserve(labels_.size() + 1);
    labels.push_back({.name = std::string{metric_name_label}, .value = unescaped(*name_)});
    for (const RawLabel& label : labels_) {
        labels.push_back({.name = unescaped(label.name), .value = unescaped(label.value)});
    }
    return normalised(std::move(labels));
}

std::string PageParser::described(const char* at) const {
    if (at >= end_) {
        return "the end of the page";
    }
    if (*at == '\n') {
        return "the end of the line";
    }
    if (*at > ' ' && *at <= '~') {
        return *at == '"' ? "a double quote" : std::string{'"', *at, '"'};
    }
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "byte 0x%02x", static_cast<unsigned char>(*at));
    return *at == ' ' ? "a space" : text.data();
}

tl::unexpected<Error> PageParser::expected(const char* at, const std::string& what) const {
    const auto line = std::count(begin_, at, '\n') + 1;
    const char* line_start = at;
    while (line_start != begin_ && line_start[-1] != '\n') {
        --line_start;
    }
    return fail(ErrorCode::corrupt,
                std::to_string(line) + ":" + std::to_string(at - line_start + 1) + ": expected " +
                    what + ", got " + described(at));
}

tl::unexpected<Error> PageParser::expected(const char* at,
                                           const std::string& what,
                                           std::string_view got) const {
    constexpr std::size_t shown = 60;
    auto error = expected(at, what);
    std::string& message = error.value().message;
    message.resize(message.size() - described(at).size());
    message += '"';
    for (const char c : got.substr(0, shown)) {
        std::array<char, 8> escaped{};
        if (c < ' ' || c > '~') {
            std::snprintf(escaped.data(), escaped.size(), "\\x%02x", static_cast<unsigned char>(c));
            message += escaped.data();
        } else {
            message += c;
        }
    }
    message += got.size() > shown ? "...\"" : "\"";
    return error;
}

void PageParser::skip_blanks() {
    while (cursor_ < end_ && (*cursor_ == ' ' || *cursor_ == '\t')) {
        ++cursor_;
    }
}

bool PageParser::starts_name(char c) {
    return is_of(c, name_start);
}

void PageParser::scan_metric_name() {
    const char* const start = cursor_;
    while (cursor_ < end_ && is_of(*cursor_, name_inside)) {
        ++cursor_;
    }
    name_ = view(start, cursor_);
}

Result<std::string_view> PageParser::scan_quoted(const char* what, bool line_end, bool nul) {
    const char* const open = cursor_;
    const char* at = open + 1;
    while (at < end_ && *at != '"') {
        const bool escape = *at == '\\';
        if (escape && ++at == end_) {
            break;
        }
        if ((*at == '\n' && (escape || !line_end)) || (*at == '\0' && !nul)) {
            return expected(at, std::string{"a closing double quote of "} + what);
        }
        ++at;
    }
    if (at >= end_) {
        return expected(end_, std::string{"a closing double quote of "} + what);
    }
    cursor_ = at + 1;
    return view(open + 1, at);
}

Status PageParser::check_utf8(std::string_view text, const char* what) const {
    const std::size_t valid = valid_utf8_prefix(text);
    if (valid == text.size()) {
        return {};
    }
    return expected(text.data() + valid, std::string{"valid UTF-8 in "} + what);
}

Result<std::string_view> PageParser::scan_label_name(bool& quoted) {
    quoted = cursor_ < end_ && *cursor_ == '"';
    if (quoted) {
        const char* const open = cursor_;
        auto name = scan_quoted("a name", true, false);
        if (!name) {
            return name;
        }
        if (name->empty()) {
            return expected(open, "a name inside the double quotes", std::string_view{});
        }
        if (const Status valid = check_utf8(*name, "a name"); !valid) {
            return fail(valid.error());
        }
        return name;
    }
    const char* const start = cursor_;
    if (cursor_ == end_ || !is_of(*cursor_, label_start)) {
        return expected(cursor_, "a label name or \"}\"");
    }
    while (cursor_ < end_ && is_of(*cursor_, label_inside)) {
        ++cursor_;
    }
    return view(start, cursor_);
}

Status PageParser::scan_label_value(const LabelRules& rules,
                                    std::string_view name,
                                    std::vector<RawLabel>& labels) {
    if (cursor_ == end_ || *cursor_ != '=') {
        return expected(cursor_, "\"=\" after the label name");
    }
    ++cursor_;
    if (rules.blanks) {
        skip_blanks();
    }
    if (cursor_ == end_ || *cursor_ != '"') {
        return expected(cursor_, "a label value in double quotes");
    }
    const auto value = scan_quoted("the label value", rules.line_end_in_value, true);
    if (!value) {
        return fail(value.error());
    }
    if (Status valid = check_utf8(*value, "the label value"); !valid) {
        return valid;
    }
    labels.push_back({.name = name, .value = *value});
    return {};
}

Status PageParser::scan_labels(const LabelRules& rules, std::vector<RawLabel>& labels) {
    for (;;) {
        if (rules.blanks) {
            skip_blanks();
        }
        if (cursor_ < end_ && *cursor_ == '}') {
            ++cursor_;
            return {};
        }
        bool quoted = false;
        const char* const start = cursor_;
        const auto name = scan_label_name(quoted);
        if (!name) {
            return fail(name.error());
        }
        if (rules.blanks) {
            skip_blanks();
        }
        if (quoted && rules.may_name_metric && cursor_ < end_ &&
            (*cursor_ == ',' || *cursor_ == '}')) {
            if (name_) {
                return expected(start, "one metric name", *name);
            }
            name_ = *name;
        } else if (Status value = scan_label_value(rules, *name, labels); !value) {
            return value;
        }
        if (rules.blanks) {
            skip_blanks();
        }
        if (cursor_ < end_ && *cursor_ == ',') {
            ++cursor_;
        } else if (!rules.optional_comma && (cursor_ == end_ || *cursor_ != '}')) {
            return expected(cursor_, "\",\" or \"}\" after the label");
        }
    }
}

Status PageParser::scan_family(const char* keyword) {
    if (cursor_ < end_ && *cursor_ == '"') {
        const auto name = scan_quoted("the metric name", true, false);
        if (!name) {
            return fail(name.error());
        }
        family_ = *name;
        return {};
    }
    const char* const start = cursor_;
    if (cursor_ == end_ || !is_of(*cursor_, name_start)) {
        return expected(cursor_, std::string{"a metric name after "} + keyword);
    }
    while (cursor_ < end_ && is_of(*cursor_, name_inside)) {
        ++cursor_;
    }
    family_ = view(start, cursor_);
    return {};
}

Status PageParser::check_series(const char* at) const {
    if (!name_) {
        return expected(at, "a metric name before or inside the braces", key_);
    }
    if (are_plainly_distinct(labels_)) {
        return {};
    }
    if (const std::string twin = repeated_name(*name_, labels_); !twin.empty()) {
        return expected(at, "each label once, but \"" + twin + "\" comes twice", key_);
    }
    return {};
}

std::unique_ptr<PageParser> make_parser(Format format, std::string_view page) {
    if (format == Format::openmetrics) {
        return std::make_unique<OpenMetricsParser>(page);
    }
    return std::make_unique<ExpositionParser>(page);
}

}  // namespace tided::metrics
