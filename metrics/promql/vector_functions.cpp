#include "metrics/promql/vector_functions.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <set>
#include <utility>

namespace tided::metrics::promql {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

// Go's math.Max and math.Min: the infinity that decides wins over NaN, NaN over numbers.
double greater(double a, double b) {
    if (a == infinity || b == infinity) {
        return infinity;
    }
    if (std::isnan(a) || std::isnan(b)) {
        return no_number;
    }
    return a > b || (a == b && !std::signbit(a)) ? a : b;
}

double smaller(double a, double b) {
    if (a == -infinity || b == -infinity) {
        return -infinity;
    }
    if (std::isnan(a) || std::isnan(b)) {
        return no_number;
    }
    return a < b || (a == b && std::signbit(a)) ? a : b;
}

template <typename Change>
Result<Operand> changed(Items& items, Change change) {
    for (Item& item : items.list) {
        item.value = change(item.value);
    }
    return Operand{std::move(items)};
}

// NaN stands last either way.
template <typename Before>
Result<Operand> sorted(Items& items, Before before) {
    std::stable_sort(items.list.begin(), items.list.end(), [&](const Item& a, const Item& b) {
        return std::isnan(a.value) ? false : std::isnan(b.value) || before(a.value, b.value);
    });
    return Operand{std::move(items)};
}

Items one_item(Labels labels, double value) {
    Items items;
    items.have_one_name = true;
    items.list.push_back(
        {.own = std::make_shared<const Labels>(std::move(labels)), .value = value});
    return items;
}

}  // namespace

double Invocation::number(std::size_t index) const {
    return std::get<double>(arguments[index]);
}

Items& Invocation::items(std::size_t index) {
    return std::get<Items>(arguments[index]);
}

const std::string& Invocation::text(std::size_t index) const {
    return std::get<StringLiteral>(unwrapped(*call.arguments[index]).form).value;
}

Items absence_of(const Node& argument) {
    const Node& node = unwrapped(argument);
    const auto* selector = std::get_if<VectorSelector>(&node.form);
    if (const auto* ranged = std::get_if<MatrixSelector>(&node.form)) {
        selector = &ranged->selector;
    }
    Labels labels;
    std::set<std::string> set;
    for (const Matcher& m : selector != nullptr ? selector->matchers : std::vector<Matcher>{}) {
        if (m.name() == metric_name_label) {
            continue;
        }
        // A label with two conditions is not known, whatever they say.
        if (m.op() == MatchOp::equal && set.insert(m.name()).second) {
            labels.push_back({.name = m.name(), .value = m.value()});
        } else {
            std::erase_if(labels, [&m](const Label& label) { return label.name == m.name(); });
        }
    }
    return one_item(normalised(std::move(labels)), 1.0);
}

namespace whole {

Result<Operand> absent(Invocation& f) {
    return f.items(0).list.empty() ? absence_of(*f.call.arguments[0]) : Items{};
}

Result<Operand> clamp(Invocation& f) {
    const double low = f.number(1);
    const double high = f.number(2);
    if (high < low) {
        return Items{};
    }
    return changed(f.items(0), [=](double v) { return greater(low, smaller(high, v)); });
}

Result<Operand> clamp_max(Invocation& f) {
    const double high = f.number(1);
    return changed(f.items(0), [=](double v) { return smaller(high, v); });
}

Result<Operand> clamp_min(Invocation& f) {
    const double low = f.number(1);
    return changed(f.items(0), [=](double v) { return greater(low, v); });
}

Result<Operand> max_of(Invocation& f) {
    return greater(f.number(0), f.number(1));
}

Result<Operand> min_of(Invocation& f) {
    return smaller(f.number(0), f.number(1));
}

Result<Operand> start(Invocation& f) {
    return to_unix_seconds(f.bounds.start);
}

Result<Operand> end(Invocation& f) {
    return to_unix_seconds(f.bounds.end);
}

Result<Operand> step(Invocation& f) {
    return to_seconds(f.bounds.step);
}

Result<Operand> range(Invocation& f) {
    return to_seconds(f.bounds.end - f.bounds.start);
}

Result<Operand> pi(Invocation&) {
    return std::numbers::pi;
}

// Ties go up; the inverse keeps round(x, 0.1) exact where it can be.
Result<Operand> round(Invocation& f) {
    const double inverse = 1.0 / (f.arguments.size() > 1 ? f.number(1) : 1.0);
    return changed(f.items(0), [=](double v) { return std::floor(v * inverse + 0.5) / inverse; });
}

Result<Operand> scalar(Invocation& f) {
    const auto& list = f.items(0).list;
    return list.size() == 1 ? list.front().value : no_number;
}

Result<Operand> sort(Invocation& f) {
    return sorted(f.items(0), std::less<>{});
}

Result<Operand> sort_desc(Invocation& f) {
    return sorted(f.items(0), std::greater<>{});
}

Result<Operand> time(Invocation& f) {
    return to_unix_seconds(f.now);
}

Result<Operand> timestamp(Invocation& f) {
    return changed(f.items(0), [&f](double) { return to_unix_seconds(f.now); });
}

Result<Operand> vector(Invocation& f) {
    return one_item({}, f.number(0));
}

}  // namespace whole
}  // namespace tided::metrics::promql
