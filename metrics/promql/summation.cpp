#include "metrics/promql/summation.h"

#include <cmath>

namespace tided::metrics::promql {

void CompensatedSum::add(double value, Dialect dialect) {
    const double next = sum + value;
    if (std::isinf(next) && dialect == Dialect::prometheus_3) {
        lost = 0.0;
    } else if (std::fabs(sum) >= std::fabs(value)) {
        lost += (sum - next) + value;
    } else {
        lost += (value - next) + sum;
    }
    sum = next;
}

void CompensatedMean::add(double value) {
    count_ += 1.0;
    if (count_ == 1.0) {
        total_.sum = value;
        return;
    }
    if (!is_running_) {
        CompensatedSum next = total_;
        next.add(value, Dialect::prometheus_3);
        if (!std::isinf(next.sum)) {
            total_ = next;
            return;
        }
        is_running_ = true;
        total_.sum /= count_ - 1.0;
        total_.lost /= count_ - 1.0;
    }
    const double share = (count_ - 1.0) / count_;
    total_.sum *= share;
    total_.lost *= share;
    total_.add(value / count_, Dialect::prometheus_3);
}

double CompensatedMean::value() const {
    return is_running_ ? total_.sum + total_.lost : total_.sum / count_ + total_.lost / count_;
}

void RunningMean::add(double value) {
    count_ += 1.0;
    if (count_ == 1.0 && compensation_ == Compensation::off) {
        mean_.sum = value;
        return;
    }
    if (std::isinf(mean_.sum)) {
        const bool is_same_infinity =
            std::isinf(value) && std::signbit(value) == std::signbit(mean_.sum);
        if (is_same_infinity || std::isfinite(value)) {
            return;
        }
    }
    const double step = value / count_ - mean_.sum / count_;
    if (compensation_ == Compensation::on) {
        mean_.add(step, Dialect::prometheus_2);
    } else {
        mean_.sum += step;
    }
}

double RunningMean::value() const {
    const bool is_exact = compensation_ == Compensation::off || std::isinf(mean_.sum);
    return is_exact ? mean_.sum : mean_.sum + mean_.lost;
}

}  // namespace tided::metrics::promql
