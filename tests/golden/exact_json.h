// JSON with every number as the double nearest to what is written. Boost.JSON 1.81 reads doubles up
// to a unit in the last place off: next to the edge of a bucket that is another bucket.
#pragma once

#include <string_view>

#include <boost/json/value.hpp>
#include <boost/system/error_code.hpp>

namespace tided::golden {

[[nodiscard]] boost::json::value parse_exactly(std::string_view text,
                                               boost::system::error_code& problem);

}  // namespace tided::golden
