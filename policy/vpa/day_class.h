// DayClass: what kind of day it is, as the caller says. There are no time zones and no holidays in
// policy/: whoever knows the calendar tells with each sample, and asks for the day to come.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tided::policy::vpa {

enum class DayClass : std::uint8_t { workday, rest_day };
inline constexpr std::size_t day_classes = 2;

}  // namespace tided::policy::vpa
