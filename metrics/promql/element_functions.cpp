#include "metrics/promql/element_functions.h"

#include <chrono>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>

namespace tided::metrics::promql {
namespace {

using Seconds = std::chrono::sys_seconds;
using Days = std::chrono::sys_days;

constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

// Within the years that <chrono> can name, up to 32,767.
std::optional<Seconds> instant_of(double seconds) {
    static constexpr double farthest = 9.6e11;
    if (!(std::fabs(seconds) < farthest)) {
        return std::nullopt;
    }
    return Seconds{std::chrono::seconds{static_cast<std::int64_t>(seconds)}};
}

double within_day(double instant, std::chrono::seconds unit, int count) {
    const auto at = instant_of(instant);
    if (!at) {
        return no_number;
    }
    const std::chrono::seconds rest = *at - std::chrono::floor<std::chrono::days>(*at);
    return static_cast<double>(rest / unit % count);
}

std::optional<std::chrono::year_month_day> date_of(double instant) {
    const auto at = instant_of(instant);
    return at ? std::optional{std::chrono::year_month_day{
                    std::chrono::floor<std::chrono::days>(*at)}}
              : std::nullopt;
}

}  // namespace

namespace each {

double abs(double value) {
    return std::fabs(value);
}
double acos(double value) {
    return std::acos(value);
}
double acosh(double value) {
    return std::acosh(value);
}
double asin(double value) {
    return std::asin(value);
}
double asinh(double value) {
    return std::asinh(value);
}
double atan(double value) {
    return std::atan(value);
}
double atanh(double value) {
    return std::atanh(value);
}
double ceil(double value) {
    return std::ceil(value);
}
double cos(double value) {
    return std::cos(value);
}
double cosh(double value) {
    return std::cosh(value);
}
double deg(double radians) {
    return radians * 180.0 / std::numbers::pi;
}
double exp(double value) {
    return std::exp(value);
}
double floor(double value) {
    return std::floor(value);
}
double ln(double value) {
    return std::log(value);
}
double log10(double value) {
    return std::log10(value);
}
double log2(double value) {
    return std::log2(value);
}
double rad(double degrees) {
    return degrees * std::numbers::pi / 180.0;
}
double sgn(double value) {
    if (value < 0.0) {
        return -1.0;
    }
    return value > 0.0 ? 1.0 : value;
}
double sin(double value) {
    return std::sin(value);
}
double sinh(double value) {
    return std::sinh(value);
}
double sqrt(double value) {
    return std::sqrt(value);
}
double tan(double value) {
    return std::tan(value);
}
double tanh(double value) {
    return std::tanh(value);
}

double day_of_month(double instant) {
    const auto date = date_of(instant);
    return date ? static_cast<double>(static_cast<unsigned>(date->day())) : no_number;
}

double day_of_week(double instant) {
    const auto date = date_of(instant);
    return date ? static_cast<double>(std::chrono::weekday{Days{*date}}.c_encoding()) : no_number;
}

double day_of_year(double instant) {
    const auto date = date_of(instant);
    if (!date) {
        return no_number;
    }
    const Days first{date->year() / std::chrono::January / 1};
    return static_cast<double>((Days{*date} - first).count() + 1);
}

double days_in_month(double instant) {
    const auto date = date_of(instant);
    if (!date) {
        return no_number;
    }
    return static_cast<unsigned>((date->year() / date->month() / std::chrono::last).day());
}

double hour(double instant) {
    return within_day(instant, std::chrono::hours{1}, 24);
}

double minute(double instant) {
    return within_day(instant, std::chrono::minutes{1}, 60);
}

double month(double instant) {
    const auto date = date_of(instant);
    return date ? static_cast<double>(static_cast<unsigned>(date->month())) : no_number;
}

double year(double instant) {
    const auto date = date_of(instant);
    return date ? static_cast<double>(static_cast<int>(date->year())) : no_number;
}

}  // namespace each
}  // namespace tided::metrics::promql
