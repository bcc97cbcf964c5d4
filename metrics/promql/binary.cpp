#include "metrics/promql/binary.h"

#include <cmath>
#include <limits>

namespace tided::metrics::promql {
namespace {

bool holds(BinaryOp op, double left, double right) {
    switch (op) {
        case BinaryOp::equal:
            return left == right;
        case BinaryOp::not_equal:
            return left != right;
        case BinaryOp::less:
            return left < right;
        case BinaryOp::greater:
            return left > right;
        case BinaryOp::less_equal:
            return left <= right;
        case BinaryOp::greater_equal:
            return left >= right;
        default:
            return true;
    }
}

double arithmetic(BinaryOp op, double left, double right) {
    switch (op) {
        case BinaryOp::add:
            return left + right;
        case BinaryOp::subtract:
            return left - right;
        case BinaryOp::multiply:
            return left * right;
        case BinaryOp::divide:
            return left / right;
        case BinaryOp::modulo:
            return std::fmod(left, right);
        case BinaryOp::power:
            return std::pow(left, right);
        case BinaryOp::atan2:
            return std::atan2(left, right);
        default:
            return std::numeric_limits<double>::quiet_NaN();
    }
}

}  // namespace

bool drops_name(const Binary& form) {
    return !is_comparison(form.op) || form.returns_bool;
}

std::optional<double> combine(const Binary& form, double left, double right, double kept) {
    if (!is_comparison(form.op)) {
        return arithmetic(form.op, left, right);
    }
    const bool is_true = holds(form.op, left, right);
    if (form.returns_bool) {
        return is_true ? 1.0 : 0.0;
    }
    return is_true ? std::optional{kept} : std::nullopt;
}

double combine_scalars(BinaryOp op, double left, double right) {
    if (is_comparison(op)) {
        return holds(op, left, right) ? 1.0 : 0.0;
    }
    return arithmetic(op, left, right);
}

void combine_with_scalar(const Binary& form, ScalarSide side, double scalar, Items& items) {
    std::size_t kept = 0;
    for (Item& item : items.list) {
        const double left = side == ScalarSide::left ? scalar : item.value;
        const double right = side == ScalarSide::left ? item.value : scalar;
        if (const auto value = combine(form, left, right, item.value)) {
            item.value = *value;
            if (&items.list[kept] != &item) {
                items.list[kept] = std::move(item);
            }
            ++kept;
        } else {
            items.drop(item.origin);
        }
    }
    items.list.resize(kept);
}

}  // namespace tided::metrics::promql
