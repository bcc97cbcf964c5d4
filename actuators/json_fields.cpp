// Boost.JSON behind error codes.
#include "actuators/json_fields.h"

#include <limits>
#include <utility>

#include <boost/json.hpp>

namespace tided::actuators {

namespace {

namespace json = boost::json;

/// Managed fields of a Kubernetes object nest deeper than Boost.JSON's 32.
constexpr std::size_t deepest = 128;

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
    for (const char c : text.substr(0, most)) {
        const bool is_printable = static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
        if (is_printable) {
            line += c;
        } else if (!line.empty() && line.back() != ' ') {
            line += ' ';
        }
    }
    while (!line.empty() && line.back() == ' ') {
        line.pop_back();
    }
    return text.size() > most ? line + "..." : line;
}

}  // namespace tided::actuators
