// Fields of foreign JSON, read without exceptions: what is missing or of another kind is nothing,
// and the caller says which field it needed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "policy/vocab/units.h"

namespace tided::actuators {

/// The whole text as one JSON object, nested at most 128 deep; nothing if it is anything else.
[[nodiscard]] std::optional<boost::json::object> parse_object(std::string_view text);

/// The member of that name as an object; null when absent or of another kind.
[[nodiscard]] const boost::json::object* object_field(const boost::json::object& from,
                                                      std::string_view key);

[[nodiscard]] std::optional<std::string> text_field(const boost::json::object& from,
                                                    std::string_view key);

/// A whole number, 0 or more; 3.0 is one, 3.5 and "3" are none.
[[nodiscard]] std::optional<std::uint64_t> number_field(const boost::json::object& from,
                                                        std::string_view key);

/// A count of replicas: 0 .. 2147483647.
[[nodiscard]] std::optional<Replicas> replicas_field(const boost::json::object& from,
                                                     std::string_view key);

/// The beginning of a foreign text as a message may carry it: at most `most` bytes of it, on one
/// line, printable, valid UTF-8 ("?" for a byte that is none), "..." when there was more.
[[nodiscard]] std::string excerpt(std::string_view text, std::size_t most);

}  // namespace tided::actuators
