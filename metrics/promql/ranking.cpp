#include "metrics/promql/ranking.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <xxhash.h>

#include "metrics/number.h"
#include "metrics/promql/grouping.h"

namespace tided::metrics::promql {
namespace {

// As Prometheus 3 holds labels in memory: every text behind its length, in one byte or in four.
void append_text(std::string& bytes, std::string_view text) {
    const std::size_t size = text.size();
    if (size < 255) {
        bytes += static_cast<char>(size);
    } else {
        bytes += '\xff';
        bytes += static_cast<char>(size & 0xff);
        bytes += static_cast<char>(size >> 8 & 0xff);
        bytes += static_cast<char>(size >> 16 & 0xff);
    }
    bytes += text;
}

// Where the labels' hash stands between 0 and 1.
double share_of(const Labels& labels) {
    std::string bytes;
    for (const Label& label : labels) {
        append_text(bytes, label.name);
        append_text(bytes, label.value);
    }
    static constexpr double all = 18446744073709551615.0;
    return static_cast<double>(XXH64(bytes.data(), bytes.size(), 0)) / all;
}

bool is_within(double share, double ratio) {
    return ratio >= 0.0 ? share < ratio : share >= 1.0 + ratio;
}

// NaN is the worst of all.
bool is_better(AggregateOp op, double a, double b) {
    if (std::isnan(a) || std::isnan(b)) {
        return !std::isnan(a);
    }
    return op == AggregateOp::topk ? a > b : a < b;
}

// The items by groups, in the order of their first ones.
std::vector<std::vector<Item>> grouped(const Grouping& grouping, const Store& store, Items& items) {
    std::vector<std::vector<Item>> groups;
    std::unordered_map<std::string, std::size_t> places;
    for (Item& item : items.list) {
        const auto [place, is_new] =
            places.try_emplace(group_key(item, store, grouping), groups.size());
        if (is_new) {
            groups.emplace_back();
        }
        groups[place->second].push_back(std::move(item));
    }
    return groups;
}

Result<std::size_t> count_of(double parameter, Dialect dialect) {
    if (std::isnan(parameter) && dialect == Dialect::prometheus_3) {
        return fail(ErrorCode::invalid_input, "Parameter value is NaN");
    }
    static constexpr double bound = 9223372036854775807.0;
    if (!(parameter >= -bound && parameter <= bound)) {
        return fail(ErrorCode::invalid_input,
                    "Scalar value " + format_number(parameter) + " overflows int64");
    }
    return parameter < 1.0 ? 0 : static_cast<std::size_t>(std::fmin(parameter, 1e15));
}

void put_best_first(AggregateOp op, std::vector<Item>& group) {
    if (op != AggregateOp::limitk) {
        std::stable_sort(group.begin(), group.end(), [op](const Item& a, const Item& b) {
            return is_better(op, a.value, b.value);
        });
    }
}

Status keep_share(double ratio, const Store& store, Items& items) {
    if (std::isnan(ratio)) {
        return fail(ErrorCode::invalid_input, "Ratio value is NaN");
    }
    std::erase_if(items.list, [&](const Item& item) {
        return ratio == 0.0 || !is_within(share_of(labels_of(item, store)), ratio);
    });
    return {};
}

}  // namespace

bool is_ranking(AggregateOp op) {
    return op == AggregateOp::topk || op == AggregateOp::bottomk || op == AggregateOp::limitk ||
           op == AggregateOp::limit_ratio;
}

Status rank(
    const Aggregation& form, double parameter, Dialect dialect, const Store& store, Items& items) {
    if (form.op == AggregateOp::limit_ratio) {
        return keep_share(parameter, store, items);
    }
    const auto count = count_of(parameter, dialect);
    if (!count) {
        return fail(count.error());
    }
    auto groups = grouped(form.grouping, store, items);
    items.list.clear();
    for (std::vector<Item>& group : groups) {
        put_best_first(form.op, group);
        for (std::size_t i = 0; i < group.size(); ++i) {
            if (i < *count) {
                items.list.push_back(std::move(group[i]));
            } else {
                items.drop(group[i].origin);
            }
        }
    }
    return {};
}

}  // namespace tided::metrics::promql
