#include "daemon/json_text.h"

#include <cmath>

#include "metrics/number.h"

namespace tided::daemon {
namespace {

/// Length of the well-formed UTF-8 sequence at the front of `text`; 0 when it is malformed
/// (overlong, surrogate, beyond U+10FFFF or cut). Unicode, table 3-7.
std::size_t sequence(std::string_view text) {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const auto continues = [&](std::size_t i) { return (byte(i) & 0xc0U) == 0x80U; };
    const unsigned first = byte(0);
    const unsigned second = byte(1);
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xc2 && first <= 0xdf) {
        return continues(1) ? 2 : 0;
    }
    if ((first & 0xf0U) == 0xe0) {
        const bool bad = (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f);
        return !bad && continues(1) && continues(2) ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        const bool bad = (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
        return !bad && continues(1) && continues(2) && continues(3) ? 4 : 0;
    }
    return 0;
}

void append_control(char c, std::string& out) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
        case '\n':
            out += "\\n";
            return;
        case '\t':
            out += "\\t";
            return;
        case '\r':
            out += "\\r";
            return;
        default:
            out += "\\u00";
            out += digits[byte >> 4];
            out += digits[byte & 0xf];
    }
}

}  // namespace

void append_json(std::string_view text, std::string& out) {
    out += '"';
    while (!text.empty()) {
        const char c = text.front();
        const std::size_t length = sequence(text);
        if (length == 0) {
            out += "\xef\xbf\xbd";
        } else if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            append_control(c, out);
        } else {
            out.append(text.substr(0, length));
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
    out += '"';
}

void append_json(double value, std::string& out) {
    if (!std::isfinite(value)) {
        out += "null";
        return;
    }
    metrics::append_number(out, value);
}

void append_json(const std::vector<std::string>& texts, std::string& out) {
    out += '[';
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if (i > 0) {
            out += ',';
        }
        append_json(std::string_view{texts[i]}, out);
    }
    out += ']';
}

void append_key(std::string_view key, std::string& out) {
    if (!out.empty() && out.back() != '{') {
        out += ',';
    }
    append_json(key, out);
    out += ':';
}

}  // namespace tided::daemon
