#include "metrics/sample_age.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "metrics/evaluate.h"
#include "metrics/promql/print.h"
#include "metrics/promql/signatures.h"

namespace tided::metrics {
namespace {

using promql::Node;

constexpr std::string_view column_label = "selector";
constexpr Duration lookback = std::chrono::minutes{5};

// "m{...}", "m{...} offset 90000ms", "m{...} offset -5ms".
std::string instant_selector(const std::string& text, const promql::SelectorUse& use) {
    std::string selector = text.substr(use.span.begin, use.span.end - use.span.begin);
    if (use.offset != Duration{}) {
        const bool is_negative = use.offset < Duration{};
        selector += is_negative ? " offset -" : " offset ";
        selector += std::to_string(std::abs(use.offset.count())) + "ms";
    }
    return selector;
}

bool asks_for_absence(const Node& node) {
    const auto* call = std::get_if<promql::Call>(&node.form);
    return call != nullptr &&
           (call->function->name == "absent" || call->function->name == "absent_over_time");
}

std::optional<std::size_t> column_of(const ApiElement& element) {
    const std::string_view text = value_of(element.labels, column_label);
    std::size_t column = 0;
    const auto [end, error] = std::from_chars(text.begin(), text.end(), column);
    return error == std::errc{} && end == text.end() ? std::optional{column} : std::nullopt;
}

}  // namespace

SampleAge::SampleAge(promql::Expression expression, const std::string& label)
    : expression_(std::move(expression)) {
    for (const promql::SelectorUse& use : promql::selectors_of(expression_)) {
        selectors_.push_back(
            {.timestamps = "timestamp(" + instant_selector(expression_.text, use) + ")",
             .offset = use.offset,
             .reach = use.range.value_or(lookback) + use.subquery_range,
             .is_constant = use.is_pinned,
             .is_instant = !use.range && use.subquery_range == Duration{},
             .last = std::nullopt});
    }
    build_companion(label);
}

// Selectors that were written twice are asked for twice: rare, and the server answers from cache.
void SampleAge::build_companion(const std::string& label) {
    const std::string newest =
        label.empty() ? "max(" : "max by (" + promql::label_text(label) + ") (";
    for (std::size_t i = 0; i < selectors_.size(); ++i) {
        if (selectors_[i].is_constant) {
            continue;
        }
        companion_ += companion_.empty() ? "" : " or ";
        companion_ += "label_replace(" + newest + selectors_[i].timestamps + "),\"" +
                      std::string{column_label} + "\",\"" + std::to_string(i) + "\",\"\",\"\")";
    }
}

void SampleAge::learn(const ApiAnswer& answer, Duration ahead) {
    static constexpr double last_second = 9e12;
    for (Selector& selector : selectors_) {
        selector.last = selector.is_instant ? std::nullopt : selector.last;
    }
    for (const ApiElement& element : answer.elements) {
        const auto column = column_of(element);
        if (column && *column < selectors_.size() && std::fabs(element.value) < last_second) {
            Selector& selector = selectors_[*column];
            selector.last = from_unix_seconds(element.value) + selector.offset + ahead;
        }
    }
}

std::optional<TimePoint> SampleAge::sampled_at(TimePoint at) const {
    const Instant instant = of(*expression_.root, at);
    switch (instant.kind) {
        case Instant::Kind::constant:
            return at;
        case Instant::Kind::known:
            return std::min(instant.at, at);
        default:
            return std::nullopt;
    }
}

Duration SampleAge::reach() const {
    return needs(expression_, lookback);
}

void SampleAge::forget() {
    for (Selector& selector : selectors_) {
        selector.last.reset();
    }
}

void SampleAge::rebase(Duration jump) {
    for (Selector& selector : selectors_) {
        if (selector.last) {
            *selector.last += jump;
        }
    }
}

SampleAge::Instant SampleAge::of(const Selector& selector, TimePoint at) const {
    if (selector.is_constant) {
        return {.kind = Instant::Kind::constant};
    }
    // A last sample that no range holds any more is not behind the value.
    if (!selector.last || at - *selector.last > selector.reach) {
        return {.kind = Instant::Kind::missing};
    }
    return {.kind = Instant::Kind::known, .at = *selector.last};
}

SampleAge::Instant SampleAge::of(const Node& node, TimePoint at) const {
    if (const auto* instant = std::get_if<promql::VectorSelector>(&node.form)) {
        return of(selectors_[instant->index], at);
    }
    if (const auto* ranged = std::get_if<promql::MatrixSelector>(&node.form)) {
        return of(selectors_[ranged->selector.index], at);
    }
    if (asks_for_absence(node)) {
        return {};
    }
    if (const auto* binary = std::get_if<promql::Binary>(&node.form)) {
        if (binary->op == promql::BinaryOp::set_unless) {
            return of(*binary->left, at);
        }
        if (binary->op == promql::BinaryOp::set_or) {
            return either(of(*binary->left, at), of(*binary->right, at));
        }
    }
    Instant all;
    for (const Node* child : children_of(node)) {
        all = both(all, of(*child, at));
    }
    return all;
}

SampleAge::Instant SampleAge::both(Instant a, Instant b) {
    if (a.kind == Instant::Kind::constant || b.kind == Instant::Kind::missing) {
        return b;
    }
    if (b.kind == Instant::Kind::constant || a.kind == Instant::Kind::missing) {
        return a;
    }
    return a.at < b.at ? a : b;
}

SampleAge::Instant SampleAge::either(Instant first, Instant second) {
    const bool falls_back_on_samples =
        first.kind == Instant::Kind::missing && second.kind == Instant::Kind::known;
    return falls_back_on_samples ? second : first;
}

}  // namespace tided::metrics
