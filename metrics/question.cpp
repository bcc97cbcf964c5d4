#include "metrics/question.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "metrics/listing.h"

namespace tided::metrics {
namespace {

constexpr Duration given_up_after = std::chrono::minutes{5};

}  // namespace

bool Question::is_answered(const ApiAnswer& answer) const {
    if (takes_many()) {
        return !answer.elements.empty();
    }
    return answer.elements.size() == 1 && std::isfinite(answer.elements.front().value);
}

void Question::learn(const ApiAnswer& value, const ApiAnswer* stamps, Asked how) {
    has_failed_ = false;
    if (std::exchange(server_, how.server) != how.server) {
        age_.forget();
    }
    if (stamps != nullptr) {
        age_.learn(*stamps, how.at - value.evaluated.value_or(how.at));
    }
    kept_.reset();
    if (asks_for_values()) {
        values_ = values_among(value.elements, label_);
        kept_ = Kept{.evaluated = how.at, .sampled = age_.sampled_at(how.at)};
    } else if (extent_ == Extent::elements && is_answered(value)) {
        elements_ = value.elements;
        kept_ = Kept{.evaluated = how.at, .sampled = age_.sampled_at(how.at)};
    } else if (is_answered(value)) {
        kept_ = Kept{.value = value.elements.front().value,
                     .evaluated = how.at,
                     .sampled = age_.sampled_at(how.at)};
    } else if (value.elements.empty()) {
        absence_ = Absence::no_series;
    } else if (value.elements.size() > 1) {
        absence_ = Absence::many_series;
    } else {
        absence_ = Absence::not_a_number;
    }
}

Reading Question::read(TimePoint now, Duration max_age) const {
    if (!kept_) {
        return Reading::absent(has_failed_ ? Absence::source_failed : absence_);
    }
    const Duration age = age_at(now, max_age);
    if (has_failed_ && age > max_age + given_up_after) {
        return Reading::absent(Absence::source_failed);
    }
    Reading reading = Reading::of(kept_->value, age, max_age);
    if (is_partial_) {
        reading.freshness = Freshness::stale;
    }
    return reading;
}

Listing Question::list(TimePoint now, Duration max_age) const {
    if (!kept_) {
        return {};
    }
    const bool is_old = has_failed_ || age_at(now, max_age) > max_age;
    return {.values = values_,
            .answered = kept_->evaluated,
            .freshness = is_old        ? Freshness::stale
                         : is_partial_ ? Freshness::partial
                                       : Freshness::fresh};
}

Measurements Question::measure() const {
    if (!kept_) {
        return {.absence = has_failed_ ? Absence::source_failed : absence_};
    }
    if (!kept_->sampled) {
        return {.absence = Absence::outdated};
    }
    Measurements found{.absence = Absence::none};
    for (const ApiElement& element : elements_) {
        found.all.push_back(
            {.labels = element.labels, .value = element.value, .at = *kept_->sampled});
    }
    return found;
}

void Question::rebase(Duration jump) {
    age_.rebase(jump);
    if (kept_) {
        kept_->evaluated += jump;
        if (kept_->sampled) {
            *kept_->sampled += jump;
        }
    }
}

// Where the age is unknown it counts as more than max_age: see metrics/sample_age.h.
Duration Question::age_at(TimePoint now, Duration max_age) const {
    if (kept_->sampled) {
        return std::max(now - *kept_->sampled, Duration{});
    }
    const Duration unknown = std::max(age_.reach(), max_age + std::chrono::seconds{1});
    return unknown + std::max(now - kept_->evaluated, Duration{});
}

}  // namespace tided::metrics
