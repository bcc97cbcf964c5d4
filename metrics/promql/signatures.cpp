#include "metrics/promql/signatures.h"

#include <algorithm>
#include <array>

namespace tided::metrics::promql {
namespace {

constexpr Function fixed(std::string_view name, std::string_view parameters) {
    return {name, parameters, parameters.size(), parameters.size(), ValueType::vector};
}

constexpr Function optional_last(std::string_view name, std::string_view parameters) {
    return {name, parameters, parameters.size() - 1, parameters.size(), ValueType::vector};
}

constexpr Function scalar(std::string_view name, std::string_view parameters) {
    return {name, parameters, parameters.size(), parameters.size(), ValueType::scalar};
}

constexpr Function repeating(std::string_view name, std::string_view parameters) {
    return {name, parameters, parameters.size() - 1, Function::unlimited, ValueType::vector};
}

constexpr std::array functions{
    fixed("abs", "v"),
    fixed("absent", "v"),
    fixed("absent_over_time", "m"),
    fixed("acos", "v"),
    fixed("acosh", "v"),
    fixed("asin", "v"),
    fixed("asinh", "v"),
    fixed("atan", "v"),
    fixed("atanh", "v"),
    fixed("avg_over_time", "m"),
    fixed("ceil", "v"),
    fixed("changes", "m"),
    fixed("clamp", "vss"),
    fixed("clamp_max", "vs"),
    fixed("clamp_min", "vs"),
    fixed("cos", "v"),
    fixed("cosh", "v"),
    fixed("count_over_time", "m"),
    optional_last("day_of_month", "v"),
    optional_last("day_of_week", "v"),
    optional_last("day_of_year", "v"),
    optional_last("days_in_month", "v"),
    fixed("deg", "v"),
    fixed("delta", "m"),
    fixed("deriv", "m"),
    fixed("double_exponential_smoothing", "mss"),
    fixed("exp", "v"),
    fixed("first_over_time", "m"),
    fixed("floor", "v"),
    fixed("histogram_avg", "v"),
    fixed("histogram_count", "v"),
    fixed("histogram_fraction", "ssv"),
    fixed("histogram_quantile", "sv"),
    fixed("histogram_stddev", "v"),
    fixed("histogram_stdvar", "v"),
    fixed("histogram_sum", "v"),
    fixed("holt_winters", "mss"),
    optional_last("hour", "v"),
    fixed("idelta", "m"),
    fixed("increase", "m"),
    optional_last("info", "vv"),
    fixed("irate", "m"),
    repeating("label_join", "vttt"),
    fixed("label_replace", "vtttt"),
    fixed("last_over_time", "m"),
    fixed("ln", "v"),
    fixed("log10", "v"),
    fixed("log2", "v"),
    fixed("mad_over_time", "m"),
    fixed("max_over_time", "m"),
    fixed("min_over_time", "m"),
    optional_last("minute", "v"),
    optional_last("month", "v"),
    scalar("pi", ""),
    fixed("predict_linear", "ms"),
    fixed("present_over_time", "m"),
    fixed("quantile_over_time", "sm"),
    fixed("rad", "v"),
    fixed("rate", "m"),
    fixed("resets", "m"),
    optional_last("round", "vs"),
    scalar("scalar", "v"),
    fixed("sgn", "v"),
    fixed("sin", "v"),
    fixed("sinh", "v"),
    fixed("sort", "v"),
    repeating("sort_by_label", "vt"),
    repeating("sort_by_label_desc", "vt"),
    fixed("sort_desc", "v"),
    fixed("sqrt", "v"),
    fixed("stddev_over_time", "m"),
    fixed("stdvar_over_time", "m"),
    fixed("sum_over_time", "m"),
    fixed("tan", "v"),
    fixed("tanh", "v"),
    scalar("time", ""),
    fixed("timestamp", "v"),
    fixed("ts_of_first_over_time", "m"),
    fixed("ts_of_last_over_time", "m"),
    fixed("ts_of_max_over_time", "m"),
    fixed("ts_of_min_over_time", "m"),
    fixed("vector", "s"),
    optional_last("year", "v"),
};

static_assert(std::is_sorted(functions.begin(), functions.end(), [](const auto& a, const auto& b) {
    return a.name < b.name;
}));

}  // namespace

ValueType Function::parameter(std::size_t index) const {
    switch (parameters[std::min(index, parameters.size() - 1)]) {
        case 'v':
            return ValueType::vector;
        case 'm':
            return ValueType::matrix;
        case 's':
            return ValueType::scalar;
        default:
            return ValueType::string;
    }
}

const Function* find_function(std::string_view name) {
    const auto at = std::lower_bound(
        functions.begin(), functions.end(), name, [](const Function& f, std::string_view wanted) {
            return f.name < wanted;
        });
    return at != functions.end() && at->name == name ? &*at : nullptr;
}

}  // namespace tided::metrics::promql
