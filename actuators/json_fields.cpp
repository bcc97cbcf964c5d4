// Boost.JSON behind error codes.
#include "actuators/json_fields.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <boost/json.hpp>

namespace tided::actuators {

namespace {

namespace json = boost::json;

/// Managed fields of a Kubernetes object nest deeper than Boost.JSON's 32.
constexpr std::size_t deepest = 128;

bool is_printable(char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
}

/// Bytes of the UTF-8 character a text begins with (RFC 3629), 0 if it begins with none.
std::size_t character_length(std::string_view text) {
    const auto byte = [text](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const unsigned first = byte(0);
    if (first < 0x80) {
        return 1;
    }
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    // The second byte's range shuts out overlong forms, surrogates and what is beyond U+10FFFF.
    const unsigned low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const unsigned high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (first < 0xc2 || first > 0xf4 || byte(1) < low || byte(1) > high) {
        return 0;
    }
    for (std::size_t i = 2; i < length; ++i) {
        if (byte(i) < 0x80 || byte(i) > 0xbf) {
            return 0;
        }
    }
    return length;
}

}  // namespace

std::optional<json::object> parse_object(std::string_view text) {
    json::parse_options options;
    options.max_depth = deepest;
    json::error_code error;
    json::value value = json::parse({text.data(), text.size()}, error, {}, options);
    if (error || !value.is_object()) {
        return std::nullopt;
    }
    return std::move(value.get_object());
}

const json::object* object_field(const json::object& from, std::string_view key) {
    const json::value* value = from.if_contains(key);
    return value == nullptr ? nullptr : value->if_object();
}

std::optional<std::string> text_field(const json::object& from, std::string_view key) {
    const json::value* value = from.if_contains(key);
    if (value == nullptr || !value->is_string()) {
        return std::nullopt;
    }
    return std::string{value->get_string()};
}

std::optional<std::uint64_t> number_field(const json::object& from, std::string_view key) {
    const json::value* value = from.if_contains(key);
    if (value == nullptr || !value->is_number()) {
        return std::nullopt;
    }
    json::error_code error;
    const auto number = value->to_number<std::uint64_t>(error);
    return error ? std::nullopt : std::optional{number};
}

std::optional<Replicas> replicas_field(const json::object& from, std::string_view key) {
    const auto number = number_field(from, key);
    if (!number || *number > std::uint64_t{std::numeric_limits<std::int32_t>::max()}) {
        return std::nullopt;
    }
    return Replicas{static_cast<std::int32_t>(*number)};
}

std::string excerpt(std::string_view text, std::size_t most) {
    std::string line;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t length = character_length(text.substr(at));
        if (at + std::max<std::size_t>(length, 1) > most) {
            break;
        }
        if (length == 0) {
            line += '?';
        } else if (length > 1 || is_printable(text[at])) {
            line += text.substr(at, length);
        } else if (!line.empty() && line.back() != ' ') {
            line += ' ';
        }
        at += std::max<std::size_t>(length, 1);
    }
    while (!line.empty() && line.back() == ' ') {
        line.pop_back();
    }
    return at < text.size() ? line + "..." : line;
}

}  // namespace tided::actuators
