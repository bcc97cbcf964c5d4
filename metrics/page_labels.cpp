// What stands between the braces of a series: PageParser's scanning of labels, by the rules that
// its format gives.
#include <algorithm>
#include <cstdint>

#include "metrics/bytes.h"
#include "metrics/characters.h"
#include "metrics/page_parser.h"
#include "metrics/utf8.h"

namespace tided::metrics {

using namespace characters;

namespace {

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

// Cheap proof that no name repeats: each sets a bit of its own, of its ends and its length. False
// means: look.
bool are_plainly_distinct(const std::vector<RawLabel>& labels) {
    std::uint64_t seen = 0;
    for (const RawLabel& label : labels) {
        const auto first = static_cast<unsigned char>(label.name.front());
        const auto last = static_cast<unsigned char>(label.name.back());
        const std::uint64_t bit = 1ULL << ((first * 7U + last * 3U + label.name.size()) & 63U);
        if ((seen & bit) != 0 || label.name == metric_name_label) {
            return false;
        }
        seen |= bit;
    }
    return true;
}

bool are_compared_distinct(const std::vector<RawLabel>& labels) {
    constexpr std::size_t few = 12;
    if (labels.size() > few) {
        return false;
    }
    for (std::size_t i = 0; i < labels.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (labels[i].name == labels[j].name) {
                return false;
            }
        }
        if (labels[i].name == metric_name_label) {
            return false;
        }
    }
    return true;
}

}  // namespace

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
    cursor_ = skip(cursor_, end_, label_inside);
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

// What nearly every label is: a name, "=", and a quoted text of ASCII without escapes.
bool PageParser::take_plain_label(std::vector<RawLabel>& labels) {
    const char* at = cursor_;
    if (at == end_ || !is_of(*at, label_start)) {
        return false;
    }
    at = skip(at, end_, label_inside);
    if (end_ - at < 2 || at[0] != '=' || at[1] != '"') {
        return false;
    }
    const char* const value = at + 2;
    const char* const close = bytes::find_odd(value, end_);
    if (close == end_ || *close != '"') {
        return false;
    }
    labels.push_back({.name = view(cursor_, at), .value = view(value, close)});
    cursor_ = close + 1;
    return true;
}

Status PageParser::scan_label(const LabelRules& rules, std::vector<RawLabel>& labels) {
    is_plain_ = false;
    bool quoted = false;
    const char* const start = cursor_;
    const auto name = scan_label_name(quoted);
    if (!name) {
        return fail(name.error());
    }
    if (rules.blanks) {
        skip_blanks();
    }
    const bool names_metric =
        quoted && rules.may_name_metric && cursor_ < end_ && (*cursor_ == ',' || *cursor_ == '}');
    if (!names_metric) {
        return scan_label_value(rules, *name, labels);
    }
    if (name_) {
        return expected(start, "one metric name", *name);
    }
    name_ = *name;
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
        if (!take_plain_label(labels)) {
            if (Status scanned = scan_label(rules, labels); !scanned) {
                return scanned;
            }
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

Status PageParser::check_series(const char* at) const {
    if (!name_) {
        return expected(at, "a metric name before or inside the braces", key_);
    }
    if (is_plain_ && (are_plainly_distinct(labels_) || are_compared_distinct(labels_))) {
        return {};
    }
    if (const std::string twin = repeated_name(*name_, labels_); !twin.empty()) {
        return expected(at, "each label once, but \"" + twin + "\" comes twice", key_);
    }
    return {};
}

}  // namespace tided::metrics
