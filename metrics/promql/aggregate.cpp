#include "metrics/promql/aggregate.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "metrics/number.h"
#include "metrics/promql/grouping.h"
#include "metrics/promql/quantile.h"
#include "metrics/promql/words.h"

namespace tided::metrics::promql {
namespace {

constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

struct Group {
    std::shared_ptr<const Labels> labels;
    Fold fold;
};

const std::shared_ptr<const Labels>& no_labels() {
    static const auto none = std::make_shared<const Labels>();
    return none;
}

Item item_of(std::shared_ptr<const Labels> labels, Fold& fold) {
    return {.own = std::move(labels), .value = fold.value(), .origin = fold.origin()};
}

void aggregate_all(Fold fold, Items& items) {
    for (const Item& item : items.list) {
        fold.add(item.value, item.origin);
    }
    items.list.clear();
    items.list.push_back(item_of(no_labels(), fold));
}

void aggregate_groups(const Fold& empty,
                      const Grouping& grouping,
                      const Store& store,
                      Items& items) {
    std::vector<Group> groups;
    std::unordered_map<std::string, std::size_t> places;
    for (const Item& item : items.list) {
        const auto [place, is_new] =
            places.try_emplace(group_key(item, store, grouping), groups.size());
        if (is_new) {
            groups.push_back(
                {std::make_shared<const Labels>(group_labels(item, store, grouping)), empty});
        }
        groups[place->second].fold.add(item.value, item.origin);
    }
    items.list.clear();
    for (Group& group : groups) {
        items.list.push_back(item_of(std::move(group.labels), group.fold));
    }
}

// The shortest digits that read back to `value`, with zeros instead of an exponent.
std::string plain_digits(double value) {
    if (!std::isfinite(value)) {
        return format_number(value);
    }
    std::array<char, 32> text{};  // "-1.5e+308"
    const auto end = std::to_chars(
        text.data(), text.data() + text.size(), std::fabs(value), std::chars_format::scientific);
    const std::string_view scientific{text.data(), static_cast<std::size_t>(end.ptr - text.data())};
    const std::size_t e = scientific.find('e');
    std::string digits{scientific.substr(0, e)};
    std::erase(digits, '.');
    const int point = 1 + std::stoi(std::string{scientific.substr(e + 1)});
    if (point <= 0) {
        digits.insert(0, "0." + std::string(static_cast<std::size_t>(-point), '0'));
    } else if (static_cast<std::size_t>(point) < digits.size()) {
        digits.insert(static_cast<std::size_t>(point), 1, '.');
    } else {
        digits.resize(static_cast<std::size_t>(point), '0');
    }
    return std::signbit(value) ? "-" + digits : digits;
}

}  // namespace

void Fold::add_to_spread(double value) {
    if (count_ == 1) {
        const bool is_undefined = dialect_ == Dialect::prometheus_3 && !std::isfinite(value);
        mean_ = value;
        spread_ = is_undefined ? no_number : 0.0;
        return;
    }
    const double delta = value - mean_;
    mean_ += delta / static_cast<double>(count_);
    spread_ += delta * (value - mean_);
}

void Fold::add(double value, const Origin& origin) {
    const bool is_first = count_++ == 0;
    if (is_first) {
        origin_ = origin;
        extreme_ = value;
        sum_.sum = value;
    } else {
        origin_.merge(origin);
    }
    switch (op_) {
        case AggregateOp::avg:
            dialect_ == Dialect::prometheus_2 ? mean_2_.add(value) : mean_3_.add(value);
            break;
        case AggregateOp::min:
            extreme_ = value < extreme_ || std::isnan(extreme_) ? value : extreme_;
            break;
        case AggregateOp::max:
            extreme_ = value > extreme_ || std::isnan(extreme_) ? value : extreme_;
            break;
        case AggregateOp::sum:
            if (is_first) {
                break;
            }
            if (dialect_ == Dialect::prometheus_2) {
                sum_.sum += value;
            } else {
                sum_.add(value, dialect_);
            }
            break;
        case AggregateOp::stddev:
        case AggregateOp::stdvar:
            add_to_spread(value);
            break;
        case AggregateOp::quantile:
            values_.push_back(value);
            break;
        default:
            break;
    }
}

double Fold::value() {
    switch (op_) {
        case AggregateOp::sum:
            // Plain addition keeps the sign of a zero.
            return dialect_ == Dialect::prometheus_2 ? sum_.sum : sum_.sum + sum_.lost;
        case AggregateOp::avg:
            return dialect_ == Dialect::prometheus_2 ? mean_2_.value() : mean_3_.value();
        case AggregateOp::count:
        case AggregateOp::count_values:
            return static_cast<double>(count_);
        case AggregateOp::group:
            return 1.0;
        case AggregateOp::stddev:
            return std::sqrt(spread_ / static_cast<double>(count_));
        case AggregateOp::stdvar:
            return spread_ / static_cast<double>(count_);
        case AggregateOp::quantile:
            return quantile(parameter_, values_);
        default:
            return extreme_;
    }
}

void aggregate(
    const Aggregation& form, double parameter, Dialect dialect, const Store& store, Items& items) {
    if (items.list.empty()) {
        return;
    }
    const Fold empty{form.op, dialect, parameter};
    if (is_one_group(form.grouping)) {
        aggregate_all(empty, items);
        items.have_one_name = true;
        return;
    }
    aggregate_groups(empty, form.grouping, store, items);
    // Only "by (__name__)" leaves names behind.
    items.have_one_name = false;
}

Status count_values(const Aggregation& form,
                    const std::string& name,
                    Dialect dialect,
                    const Store& store,
                    Items& items) {
    if (!is_label_name(name, dialect)) {
        return fail(ErrorCode::invalid_input, "invalid label name \"" + name + "\"");
    }
    for (Item& item : items.list) {
        set_label(item, store, name, plain_digits(item.value));
    }
    Grouping grouping = form.grouping;
    auto& labels = grouping.labels;
    if (!grouping.without && !std::binary_search(labels.begin(), labels.end(), name)) {
        labels.insert(std::upper_bound(labels.begin(), labels.end(), name), name);
    }
    aggregate_groups(Fold{form.op, dialect}, grouping, store, items);
    items.have_one_name = false;
    return {};
}

}  // namespace tided::metrics::promql
