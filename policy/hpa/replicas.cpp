#include "policy/hpa/replicas.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace tided::policy::hpa {

namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t full = 100;  // percent

/// Sums over the samples that count.
struct Tally {
    std::int64_t usage = 0;
    std::int64_t request = 0;  ///< of the pods whose sample is in `usage`
    std::int64_t summed = 0;   ///< samples in `usage`
    std::int64_t entries = 0;  ///< all samples, with or without a request
    std::int64_t ready = 0;    ///< pods in group ready
    std::int64_t missing = 0;
    std::int64_t unready = 0;
    Absence absence = Absence::none;  ///< why no ratio can be had
};

/// What stands in for the sample of a pod that has none of use.
struct Fill {
    bool missing_full = false;
    bool missing_idle = false;
    bool unready_idle = false;
};

struct Question {
    const PodSamples& samples;
    const PodView& view;
    const Goal& goal;

    [[nodiscard]] bool is_utilization() const { return goal.kind == TargetKind::utilization; }
};

std::int64_t hundredfold(std::int64_t amount) {
    std::int64_t product = 0;
    return __builtin_mul_overflow(amount, full, &product) ? (amount > 0 ? largest : -largest)
                                                          : product;
}

/// What a missing pod is taken to use on the way down: its target, or all it asked for if that is
/// more.
std::int64_t full_sample(const Question& question, std::int64_t request) {
    if (!question.is_utilization()) {
        return question.goal.amount;
    }
    const std::int64_t percent = std::max(full, question.goal.amount);
    std::int64_t product = 0;
    return __builtin_mul_overflow(request, percent, &product) ? largest : product / full;
}

std::optional<std::int64_t> counted_sample(const Question& question,
                                           const Pod& pod,
                                           PodGroup group,
                                           const Fill& fill,
                                           std::int64_t request) {
    switch (group) {
        case PodGroup::ready:
            return sample_of(pod, question.view);
        case PodGroup::missing:
            if (fill.missing_full) {
                return full_sample(question, request);
            }
            return fill.missing_idle ? std::optional<std::int64_t>{0} : std::nullopt;
        case PodGroup::unready:
            return fill.unready_idle ? std::optional<std::int64_t>{0} : std::nullopt;
        default:
            return std::nullopt;
    }
}

void add(const Question& question, const Pod& pod, const Fill& fill, Tally& tally) {
    const PodGroup group = group_of(pod, question.view);
    tally.ready += group == PodGroup::ready ? 1 : 0;
    tally.missing += group == PodGroup::missing ? 1 : 0;
    tally.unready += group == PodGroup::unready ? 1 : 0;
    std::optional<std::int64_t> request;
    if (question.is_utilization()) {
        request = requested_by(pod, question.view).milli;
        if (!request && !question.view.rules.request_may_lack) {
            tally.absence = Absence::request_missing;
        }
    }
    const auto sample = counted_sample(question, pod, group, fill, request.value_or(0));
    if (!sample) {
        return;
    }
    ++tally.entries;
    if (!question.is_utilization() || request) {
        tally.usage = saturated_sum(tally.usage, *sample);
        tally.request = saturated_sum(tally.request, request.value_or(0));
        ++tally.summed;
    }
}

/// Samples of no pod count in plain averages and as entries, never in a utilization.
void add_strangers(const Question& question, Tally& tally) {
    for (const PodUsage& usage : question.samples.strangers) {
        const auto sample = sample_of(Pod{.usage = usage}, question.view);
        if (!sample) {
            continue;
        }
        ++tally.entries;
        if (!question.is_utilization()) {
            tally.usage = saturated_sum(tally.usage, *sample);
            ++tally.summed;
        }
    }
}

Tally tally_of(const Question& question, const Fill& fill) {
    Tally tally;
    for (const Pod& pod : question.samples.pods) {
        add(question, pod, fill, tally);
    }
    add_strangers(question, tally);
    return tally;
}

struct Ratio {
    double value = 0.0;
    std::int32_t utilization = 0;
    std::int64_t average = 0;
};

Ratio ratio_of(const Question& question, const Tally& tally) {
    const auto target = static_cast<double>(question.goal.amount);
    const std::int64_t average = tally.summed == 0 ? 0 : tally.usage / tally.summed;
    if (!question.is_utilization()) {
        return {.value = static_cast<double>(average) / target, .average = average};
    }
    const std::int64_t percent = tally.request == 0 ? 0 : hundredfold(tally.usage) / tally.request;
    const auto held = static_cast<std::int32_t>(
        std::clamp<std::int64_t>(percent,
                                 std::numeric_limits<std::int32_t>::min(),
                                 std::numeric_limits<std::int32_t>::max()));
    return {.value = static_cast<double>(held) / target, .utilization = held, .average = average};
}

/// Any sample at all, of pods in whatever state?
bool has_samples(const Question& question) {
    const auto is_sample = [&](const Pod& pod) {
        return sample_of(pod, question.view).has_value();
    };
    return std::ranges::any_of(question.samples.pods, is_sample) ||
           std::ranges::any_of(question.samples.strangers, [&](const PodUsage& usage) {
               return is_sample(Pod{.usage = usage});
           });
}

/// 1.28: a sample that is there without the named container.
bool lacks_container(const Question& question) {
    const PodView& view = question.view;
    if (!view.rules.container_must_report || view.container.empty()) {
        return false;
    }
    return std::ranges::any_of(question.samples.pods,
                               [&](const Pod& pod) { return pod.usage && !sample_of(pod, view); });
}

/// Why the metric cannot be judged, in the order in which upstream finds out.
Absence obstacle(const Question& question, const Tally& tally) {
    if (lacks_container(question)) {
        return Absence::container_missing;
    }
    if (!has_samples(question)) {
        return Absence::no_samples;
    }
    if (question.samples.pods.empty()) {
        return Absence::no_pods;
    }
    if (tally.entries == 0) {
        return Absence::no_ready_samples;
    }
    if (tally.absence != Absence::none) {
        return tally.absence;
    }
    return question.is_utilization() && tally.request == 0 ? Absence::no_requests : Absence::none;
}

double replicas_of(double ratio, std::int64_t pods) {
    return ratio * static_cast<double>(pods);
}

Answer kept(Answer answer, Replicas asked) {
    answer.replicas = asked;
    return answer;
}

/// With the pods of no use filled in.
Answer rebalanced(const Question& question, const Ratio& first, Answer answer, Replicas asked) {
    const bool is_up = first.value > 1.0;
    const Tally tally =
        tally_of(question,
                 {.missing_full = first.value < 1.0, .missing_idle = is_up, .unready_idle = is_up});
    const double ratio = ratio_of(question, tally).value;
    if (is_within(ratio, question.goal.tolerance, question.view.rules)) {
        answer.is_within = true;
        return kept(answer, asked);
    }
    if ((first.value < 1.0 && ratio > 1.0) || (first.value > 1.0 && ratio < 1.0)) {
        return kept(answer, asked);
    }
    const Replicas wanted = rounded_up(replicas_of(ratio, tally.entries));
    const bool is_against = (ratio < 1.0 && wanted > asked) || (ratio > 1.0 && wanted < asked);
    answer.replicas = is_against ? asked : wanted;
    return answer;
}

}  // namespace

bool is_within(double ratio, const Tolerance& tolerance, const Rules& rules) {
    return rules.tolerance_is_interval ? policy::is_within(ratio, tolerance)
                                       : std::abs(1.0 - ratio) <= tolerance.up.value;
}

Answer ask_pods(const PodSamples& samples, const PodView& view, const Goal& goal, Replicas asked) {
    const Question question{samples, view, goal};
    const Tally tally = tally_of(question, {});
    Answer answer{.absence = obstacle(question, tally)};
    if (answer.absence != Absence::none) {
        return answer;
    }
    const Ratio ratio = ratio_of(question, tally);
    answer.utilization = ratio.utilization;
    answer.average = ratio.average;
    const bool is_up_with_unready = tally.unready > 0 && ratio.value > 1.0;
    if (is_up_with_unready || tally.missing > 0) {
        return rebalanced(question, ratio, answer, asked);
    }
    if (is_within(ratio.value, goal.tolerance, view.rules)) {
        answer.is_within = true;
        return kept(answer, asked);
    }
    answer.replicas = rounded_up(replicas_of(ratio.value, tally.ready));
    if (view.rules.holds_against_ratio) {
        answer.replicas =
            ratio.value > 1.0 ? std::max(answer.replicas, asked) : std::min(answer.replicas, asked);
    }
    return answer;
}

Answer ask_value(std::int64_t value,
                 const Goal& goal,
                 const Observed& observed,
                 const Rules& rules) {
    const double ratio = static_cast<double>(value) / static_cast<double>(goal.amount);
    Answer answer{.average = value};
    if (observed.replicas.count == 0) {
        answer.replicas = rounded_up(ratio);
        return answer;
    }
    if (is_within(ratio, goal.tolerance, rules)) {
        answer.is_within = true;
        return kept(answer, observed.replicas);
    }
    if (observed.present.count == 0) {
        return {.absence = Absence::no_pods};
    }
    answer.replicas = rounded_up(replicas_of(ratio, observed.ready.count));
    return answer;
}

Answer ask_average(std::int64_t total, const Goal& goal, Replicas present, const Rules& rules) {
    const auto target = static_cast<double>(goal.amount);
    const double ratio = static_cast<double>(total) / (target * present.count);
    Answer answer{.average = share_of(total, present)};
    if (is_within(ratio, goal.tolerance, rules)) {
        answer.is_within = true;
        return kept(answer, present);
    }
    answer.replicas = rounded_up(static_cast<double>(total) / target);
    return answer;
}

std::int64_t share_of(std::int64_t total, Replicas present) {
    if (total == largest) {
        return largest;
    }
    if (present.count <= 0) {
        return 0;
    }
    const double share = std::ceil(static_cast<double>(total) / present.count);
    return share < 0x1p63 ? static_cast<std::int64_t>(share) : largest;
}

Replicas ready_pods(const PodSamples& samples) {
    const auto count = std::ranges::count_if(samples.pods, [](const Pod& pod) {
        return pod.phase == PodPhase::running && pod.ready == Readiness::yes;
    });
    return Replicas{static_cast<std::int32_t>(count)};
}

std::int64_t milli_of(double value) {
    constexpr double thousand = 1000.0;
    constexpr double noise = 1e-12;
    const double milli = value * thousand;
    if (!(std::abs(milli) < 0x1p63)) {
        return std::isnan(milli) ? 0 : (milli > 0.0 ? largest : -largest - 1);
    }
    const double nearest = std::round(milli);
    const bool is_whole = std::abs(milli - nearest) <= noise * std::abs(milli);
    const double held = is_whole ? nearest : std::ceil(milli);
    return held < 0x1p63 ? static_cast<std::int64_t>(held) : largest;
}

double as_quantity(double tolerance) {
    std::array<char, 64> text{};
    const auto end = std::to_chars(
        text.data(), text.data() + text.size(), tolerance, std::chars_format::scientific);
    // "7e-02", "1.25e-01": the digits without their point, and the exponent that puts it back.
    std::int64_t mantissa = 0;
    int exponent = 0;
    bool after_point = false;
    const char* at = text.data();
    for (; at != end.ptr && *at != 'e'; ++at) {
        if (*at == '.') {
            after_point = true;
            continue;
        }
        mantissa = mantissa * 10 + (*at - '0');
        exponent -= after_point ? 1 : 0;
    }
    int written = 0;
    const char* digits = at == end.ptr ? at : at + 1;
    digits += digits != end.ptr && *digits == '+' ? 1 : 0;
    std::from_chars(digits, end.ptr, written);
    exponent += written;
    return static_cast<double>(mantissa) * std::pow(10.0, exponent);
}

}  // namespace tided::policy::hpa
