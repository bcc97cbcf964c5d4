#include "metrics/promql/literals.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>

#include "metrics/number.h"

namespace tided::metrics::promql {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::optional<double> read_integer(std::string_view digits, int base) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), value, base);
    if (error != std::errc{} || end != digits.end() || digits.empty()) {
        return std::nullopt;
    }
    return static_cast<double>(value);
}

struct Unit {
    std::string_view name;
    std::int64_t ms;
};

// From the largest to the smallest, the order in which a duration may name them.
constexpr std::array<Unit, 7> units{{{"y", 365LL * 24 * 3600 * 1000},
                                     {"w", 7LL * 24 * 3600 * 1000},
                                     {"d", 24LL * 3600 * 1000},
                                     {"h", 3600LL * 1000},
                                     {"m", 60LL * 1000},
                                     {"s", 1000},
                                     {"ms", 1}}};

// A bound on every duration: about 290 years, so that sums of a few stay far from overflow.
constexpr std::int64_t longest_ms = std::numeric_limits<std::int64_t>::max() / 1'000'000;

tl::unexpected<Error> not_a_duration(std::string_view text) {
    return fail(ErrorCode::invalid_input, "not a valid duration: \"" + std::string{text} + "\"");
}

void append_utf8(std::string& out, std::uint32_t code) {
    const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xc0 | (code >> 6));
        put(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        put(0xe0 | (code >> 12));
        put(0x80 | ((code >> 6) & 0x3f));
        put(0x80 | (code & 0x3f));
    } else {
        put(0xf0 | (code >> 18));
        put(0x80 | ((code >> 12) & 0x3f));
        put(0x80 | ((code >> 6) & 0x3f));
        put(0x80 | (code & 0x3f));
    }
}

std::optional<char> simple_escape(char c, char quote) {
    switch (c) {
        case 'a':
            return '\a';
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        case 'v':
            return '\v';
        case '\\':
            return '\\';
        default:
            return c == quote ? std::optional<char>{c} : std::nullopt;
    }
}

// How many digits of which base follow "\x", "\u", "\U" and "\0".."\7" (which counts itself).
struct CodeForm {
    std::size_t digits;
    int base;
    std::uint32_t limit;
    bool is_unicode;
};

std::optional<CodeForm> code_form(char c) {
    switch (c) {
        case 'x':
            return CodeForm{2, 16, 0xff, false};
        case 'u':
            return CodeForm{4, 16, 0x10ffff, true};
        case 'U':
            return CodeForm{8, 16, 0x10ffff, true};
        default:
            return c >= '0' && c <= '7' ? std::optional{CodeForm{3, 8, 0xff, false}} : std::nullopt;
    }
}

tl::unexpected<Error> bad_escape(std::string_view rest) {
    return fail(ErrorCode::invalid_input,
                "invalid escape sequence \"" + std::string{rest.substr(0, 2)} + "\" in a string");
}

// `rest` starts at the backslash; gives how many bytes the sequence takes.
Result<std::size_t> append_escape(std::string& out, std::string_view rest, char quote) {
    if (rest.size() < 2) {
        return bad_escape(rest);
    }
    if (const auto simple = simple_escape(rest[1], quote)) {
        out += *simple;
        return 2U;
    }
    const auto form = code_form(rest[1]);
    if (!form) {
        return bad_escape(rest);
    }
    const std::size_t first = form->base == 8 ? 1 : 2;
    const std::string_view digits = rest.substr(first, form->digits);
    std::uint32_t code = 0;
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), code, form->base);
    const bool is_surrogate = form->is_unicode && code >= 0xd800 && code <= 0xdfff;
    if (error != std::errc{} || end != digits.end() || digits.size() != form->digits ||
        code > form->limit || is_surrogate) {
        return bad_escape(rest);
    }
    if (form->is_unicode) {
        append_utf8(out, code);
    } else {
        out += static_cast<char>(code);
    }
    return first + form->digits;
}

}  // namespace

std::optional<double> read_number(std::string_view text) {
    if (text.size() > 1 && text[0] == '0') {
        if (text[1] == 'x' || text[1] == 'X') {
            return read_integer(text.substr(2), 16);
        }
        if (const auto octal = read_integer(text.substr(1), 8)) {
            return octal;
        }
    }
    return parse_number(text);
}

Result<Duration> read_duration(std::string_view text) {
    if (text == "0") {
        return Duration{};
    }
    std::int64_t total = 0;
    std::size_t next_unit = 0;
    std::string_view rest = text;
    while (!rest.empty()) {
        std::int64_t count = 0;
        const auto [end, error] = std::from_chars(rest.begin(), rest.end(), count);
        if (error != std::errc{} || !is_digit(rest.front())) {
            return not_a_duration(text);
        }
        rest.remove_prefix(static_cast<std::size_t>(end - rest.begin()));
        std::size_t letters = 0;
        while (letters < rest.size() && !is_digit(rest[letters])) {
            ++letters;
        }
        const std::string_view name = rest.substr(0, letters);
        while (next_unit < units.size() && units[next_unit].name != name) {
            ++next_unit;
        }
        if (next_unit == units.size()) {
            return not_a_duration(text);
        }
        const std::int64_t unit_ms = units[next_unit++].ms;
        if (count > longest_ms / unit_ms || (total += count * unit_ms) > longest_ms) {
            return fail(ErrorCode::invalid_input,
                        "duration out of range: \"" + std::string{text} + "\"");
        }
        rest.remove_prefix(letters);
    }
    return text.empty() ? Result<Duration>{not_a_duration(text)} : Duration{total};
}

Result<std::string> unescape(std::string_view inside, char quote) {
    if (quote == '`') {
        return std::string{inside};
    }
    std::string out;
    out.reserve(inside.size());
    for (std::size_t at = 0; at < inside.size();) {
        if (inside[at] != '\\') {
            out += inside[at++];
            continue;
        }
        const auto taken = append_escape(out, inside.substr(at), quote);
        if (!taken) {
            return fail(taken.error());
        }
        at += *taken;
    }
    return out;
}

}  // namespace tided::metrics::promql
