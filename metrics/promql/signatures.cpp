#include "metrics/promql/signatures.h"

#include <algorithm>
#include <array>

namespace tided::metrics::promql {
namespace {

using Known = Function::Known;

// What computes a function, and its parameters.

constexpr Function unsupported(std::string_view name, std::string_view parameters) {
    return {.name = name,
            .parameters = parameters,
            .min_arguments = parameters.size(),
            .max_arguments = parameters.size()};
}

constexpr Function over(std::string_view name, std::string_view parameters, RangeFunction compute) {
    Function f = unsupported(name, parameters);
    f.over_range = compute;
    return f;
}

constexpr Function of_vector(std::string_view name,
                             std::string_view parameters,
                             VectorFunction compute) {
    Function f = unsupported(name, parameters);
    f.whole = compute;
    return f;
}

constexpr Function each_value(std::string_view name, ElementFunction compute) {
    Function f = unsupported(name, "v");
    f.each = compute;
    return f;
}

// What differs from the rule.

constexpr Function optional_last(Function f) {
    --f.min_arguments;
    return f;
}

constexpr Function calendar(std::string_view name, ElementFunction compute) {
    return optional_last(each_value(name, compute));
}

constexpr Function repeating(Function f) {
    f.max_arguments = Function::unlimited;
    return optional_last(f);
}

constexpr Function up_to(std::size_t most, Function f) {
    f.max_arguments = most;
    return f;
}

constexpr Function scalar(Function f) {
    f.result = ValueType::scalar;
    return f;
}

constexpr Function named(Function f) {
    f.keeps_name = true;
    return f;
}

constexpr Function absence(Function f) {
    f.absence = true;
    return f;
}

constexpr Function ordered(Function f) {
    f.orders = true;
    return f;
}

constexpr Function two_samples(Function f) {
    f.needs_two_samples = true;
    return f;
}

constexpr Function smoothing(Function f) {
    f.check = over_range::check_smoothing_factors;
    return f;
}

constexpr Function in_2(Function f) {
    f.known = Known::only_in_2;
    return f;
}

constexpr Function in_3(Function f) {
    f.known = Known::only_in_3;
    return f;
}

constexpr std::array functions{
    each_value("abs", each::abs),
    named(of_vector("absent", "v", whole::absent)),
    absence(over("absent_over_time", "m", over_range::present)),
    each_value("acos", each::acos),
    each_value("acosh", each::acosh),
    each_value("asin", each::asin),
    each_value("asinh", each::asinh),
    each_value("atan", each::atan),
    each_value("atanh", each::atanh),
    over("avg_over_time", "m", over_range::avg),
    each_value("ceil", each::ceil),
    over("changes", "m", over_range::changes),
    of_vector("clamp", "vss", whole::clamp),
    of_vector("clamp_max", "vs", whole::clamp_max),
    of_vector("clamp_min", "vs", whole::clamp_min),
    each_value("cos", each::cos),
    each_value("cosh", each::cosh),
    over("count_over_time", "m", over_range::count),
    calendar("day_of_month", each::day_of_month),
    calendar("day_of_week", each::day_of_week),
    calendar("day_of_year", each::day_of_year),
    calendar("days_in_month", each::days_in_month),
    each_value("deg", each::deg),
    two_samples(over("delta", "m", over_range::delta)),
    two_samples(over("deriv", "m", over_range::deriv)),
    in_3(smoothing(
        two_samples(over("double_exponential_smoothing", "mss", over_range::holt_winters)))),
    in_3(scalar(of_vector("end", "", whole::end))),
    each_value("exp", each::exp),
    in_3(named(over("first_over_time", "m", over_range::first))),
    each_value("floor", each::floor),
    in_3(unsupported("histogram_avg", "v")),
    unsupported("histogram_count", "v"),
    of_vector("histogram_fraction", "ssv", whole::histogram_fraction),
    of_vector("histogram_quantile", "sv", whole::histogram_quantile),
    in_3(up_to(11, of_vector("histogram_quantiles", "vts", whole::histogram_quantiles))),
    in_3(unsupported("histogram_stddev", "v")),
    in_3(unsupported("histogram_stdvar", "v")),
    unsupported("histogram_sum", "v"),
    in_2(smoothing(two_samples(over("holt_winters", "mss", over_range::holt_winters)))),
    calendar("hour", each::hour),
    two_samples(over("idelta", "m", over_range::idelta)),
    two_samples(over("increase", "m", over_range::increase)),
    in_3(optional_last(unsupported("info", "vv"))),
    two_samples(over("irate", "m", over_range::irate)),
    named(repeating(of_vector("label_join", "vttt", whole::label_join))),
    named(of_vector("label_replace", "vtttt", whole::label_replace)),
    named(over("last_over_time", "m", over_range::last)),
    each_value("ln", each::ln),
    each_value("log10", each::log10),
    each_value("log2", each::log2),
    in_3(over("mad_over_time", "m", over_range::mad)),
    in_3(scalar(of_vector("max_of", "ss", whole::max_of))),
    over("max_over_time", "m", over_range::max),
    in_3(scalar(of_vector("min_of", "ss", whole::min_of))),
    over("min_over_time", "m", over_range::min),
    calendar("minute", each::minute),
    calendar("month", each::month),
    scalar(of_vector("pi", "", whole::pi)),
    two_samples(over("predict_linear", "ms", over_range::predict_linear)),
    over("present_over_time", "m", over_range::present),
    over("quantile_over_time", "sm", over_range::quantile),
    each_value("rad", each::rad),
    in_3(scalar(of_vector("range", "", whole::range))),
    two_samples(over("rate", "m", over_range::rate)),
    over("resets", "m", over_range::resets),
    optional_last(of_vector("round", "vs", whole::round)),
    scalar(of_vector("scalar", "v", whole::scalar)),
    each_value("sgn", each::sgn),
    each_value("sin", each::sin),
    each_value("sinh", each::sinh),
    ordered(named(of_vector("sort", "v", whole::sort))),
    in_3(ordered(named(repeating(of_vector("sort_by_label", "vt", whole::sort_by_label))))),
    in_3(ordered(
        named(repeating(of_vector("sort_by_label_desc", "vt", whole::sort_by_label_desc))))),
    ordered(named(of_vector("sort_desc", "v", whole::sort_desc))),
    each_value("sqrt", each::sqrt),
    in_3(scalar(of_vector("start", "", whole::start))),
    in_3(unsupported("start_timestamp", "v")),
    over("stddev_over_time", "m", over_range::stddev),
    over("stdvar_over_time", "m", over_range::stdvar),
    in_3(scalar(of_vector("step", "", whole::step))),
    over("sum_over_time", "m", over_range::sum),
    each_value("tan", each::tan),
    each_value("tanh", each::tanh),
    scalar(of_vector("time", "", whole::time)),
    of_vector("timestamp", "v", whole::timestamp),
    in_3(over("ts_of_first_over_time", "m", over_range::instant_of_first)),
    in_3(over("ts_of_last_over_time", "m", over_range::instant_of_last)),
    in_3(over("ts_of_max_over_time", "m", over_range::instant_of_max)),
    in_3(over("ts_of_min_over_time", "m", over_range::instant_of_min)),
    of_vector("vector", "s", whole::vector),
    calendar("year", each::year)};

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

const Function* find_function(std::string_view name, Dialect dialect) {
    const auto at = std::lower_bound(
        functions.begin(), functions.end(), name, [](const Function& f, std::string_view wanted) {
            return f.name < wanted;
        });
    if (at == functions.end() || at->name != name) {
        return nullptr;
    }
    const Known other = dialect == Dialect::prometheus_2 ? Known::only_in_3 : Known::only_in_2;
    return at->known == other ? nullptr : &*at;
}

std::string unknown_function(std::string_view name, Dialect dialect) {
    const bool is_old = dialect == Dialect::prometheus_2;
    const Dialect other = is_old ? Dialect::prometheus_3 : Dialect::prometheus_2;
    std::string text = "unknown function with name \"" + std::string{name} + "\"";
    if (find_function(name, other) != nullptr) {
        text += ": only PromQL " + std::string{is_old ? "3" : "2"} + " has it";
    }
    return text;
}

}  // namespace tided::metrics::promql
