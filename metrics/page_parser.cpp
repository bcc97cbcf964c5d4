#include "metrics/page_parser.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

#include "metrics/characters.h"
#include "metrics/decimal.h"
#include "metrics/exposition.h"
#include "metrics/openmetrics.h"
#include "metrics/utf8.h"

namespace tided::metrics {

using namespace characters;
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
    cursor_ = skip(cursor_, end_, name_inside);
    name_ = view(start, cursor_);
}

bool PageParser::take_short_value(char stop) {
    double value = 0.0;
    const char* const after = read_decimal(cursor_, end_, value);
    if (after == nullptr || after == end_ || *after != stop) {
        return false;
    }
    value_ = value;
    cursor_ = after;
    return true;
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
    cursor_ = skip(cursor_, end_, name_inside);
    family_ = view(start, cursor_);
    return {};
}

std::unique_ptr<PageParser> make_parser(Format format, std::string_view page) {
    if (format == Format::openmetrics) {
        return std::make_unique<OpenMetricsParser>(page);
    }
    return std::make_unique<ExpositionParser>(page);
}

}  // namespace tided::metrics
