// Members of a case that may be absent or null.
#pragma once

#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace tided::golden {

/// The member, or null where it is absent or null.
[[nodiscard]] const boost::json::value* member(const boost::json::object& object,
                                               std::string_view key);

/// Its text, or "" where there is none. Throws where it is of another type.
[[nodiscard]] std::string_view text(const boost::json::object& object, std::string_view key);

}  // namespace tided::golden
