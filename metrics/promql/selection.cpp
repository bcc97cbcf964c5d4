// The leaves of an expression: what selectors and ranges find in the store, and subqueries, which
// evaluate the tree below them at many instants.
#include <algorithm>
#include <iterator>
#include <string>

#include "metrics/promql/machine.h"

namespace tided::metrics::promql {
namespace {

bool pins_name(const VectorSelector& selector) {
    return std::any_of(selector.matchers.begin(), selector.matchers.end(), [](const Matcher& m) {
        return m.name() == metric_name_label && m.op() == MatchOp::equal;
    });
}

// The multiples of `step` in the range before `end`: from which one on. Counted from 1970, so
// that neighbouring evaluations meet the same instants.
TimePoint first_step(TimePoint end, Duration range, Duration step, Dialect dialect) {
    const Duration edge = (end - range).time_since_epoch();
    Duration first = edge / step * step;
    const bool is_outside = dialect == Dialect::prometheus_2 ? first < edge : first <= edge;
    first += is_outside ? step : Duration{};
    return TimePoint{first};
}

}  // namespace

Origin Evaluator::Machine::View::origin(TimePoint sample, bool ended) const {
    return {.latest = is_pinned ? TimePoint::max() : sample + ahead, .ended = ended};
}

Evaluator::Machine::View Evaluator::Machine::view(const Shift& shift) const {
    TimePoint at = now_;
    switch (shift.anchor) {
        case Shift::Anchor::none:
            break;
        case Shift::Anchor::instant:
            at = shift.instant;
            break;
        case Shift::Anchor::start:
            at = bounds_.start;
            break;
        case Shift::Anchor::end:
            at = bounds_.end;
            break;
    }
    at -= shift.offset;
    return {.at = at, .ahead = now_ - at, .is_pinned = shift.anchor == Shift::Anchor::instant};
}

const std::vector<SeriesId>& Evaluator::Machine::found_by(const VectorSelector& selector) {
    const std::vector<SeriesId>& all = found_in_store(selector);
    if (held_ == Held::at_last) {
        return all;
    }
    not_held_.clear();
    std::copy_if(all.begin(), all.end(), std::back_inserter(not_held_), [this](SeriesId id) {
        return !store_->is_held(id);
    });
    return not_held_;
}

const std::vector<SeriesId>& Evaluator::Machine::found_in_store(const VectorSelector& selector) {
    Selection& selection = selections_[selector.index];
    if (selection.store == store_ && selection.version == store_->version()) {
        return selection.series;
    }
    selection = {.store = store_,
                 .version = store_->version(),
                 .series = parts_ ? parts_->postings().find(*store_, selector.matchers)
                                  : store_->find(selector.matchers)};
    std::sort(selection.series.begin(), selection.series.end(), [this](SeriesId a, SeriesId b) {
        return store_->is_before(a, b);
    });
    return selection.series;
}

bool Evaluator::Machine::is_recent(TimePoint sample, TimePoint end) const {
    const TimePoint edge = end - options_.lookback;
    return options_.dialect == Dialect::prometheus_2 ? sample >= edge : sample > edge;
}

bool Evaluator::Machine::is_living(SeriesId id, TimePoint at) const {
    const auto newest = store_->latest(id, at);
    return newest && is_recent(newest->at, at) && !is_stale_marker(newest->value);
}

Items Evaluator::Machine::select(const VectorSelector& selector, Reads reads) {
    const View view = this->view(selector.shift);
    Items items = take_items();
    items.have_one_name = pins_name(selector);
    const std::vector<SeriesId>& found = found_by(selector);
    items.list.reserve(found.size());
    for (const SeriesId id : found) {
        const auto newest = store_->latest(id, view.at);
        if (newest && is_recent(newest->at, view.at) && !is_stale_marker(newest->value)) {
            const bool is_value = reads == Reads::values;
            items.list.push_back({.series = id,
                                  .own = nullptr,
                                  .is_nameless = false,
                                  .value = is_value ? newest->value : to_unix_seconds(newest->at),
                                  .origin = view.origin(newest->at, false)});
        }
    }
    return items;
}

TimePoint Evaluator::Machine::end_of(SeriesId id, TimePoint at) const {
    return store_->is_held(id) && is_living(id, at) ? store_->latest(id, at)->at : at;
}

bool Evaluator::Machine::load(SeriesId id, TimePoint end, Duration range) {
    const Duration edge =
        options_.dialect == Dialect::prometheus_2 ? Duration::zero() : Duration{1};
    samples_.clear();
    bool has_ended = false;
    Cursor cursor = store_->samples(id, end - range + edge, end);
    while (const auto sample = cursor.next()) {
        has_ended = is_stale_marker(sample->value);
        if (!has_ended) {
            samples_.push_back(*sample);
        }
    }
    samples_read_ += samples_.size();
    return has_ended;
}

Result<Matrix> Evaluator::Machine::matrix(const Node& node) {
    Matrix matrix;
    if (const auto* subquery = std::get_if<Subquery>(&node.form)) {
        auto tracks = run_subquery(node, *subquery);
        if (!tracks) {
            return fail(std::move(tracks).error());
        }
        for (auto& [labels, track] : *tracks) {
            matrix.push_back({.labels = labels, .samples = std::move(track.samples)});
        }
        return matrix;
    }
    const auto& form = std::get<MatrixSelector>(node.form);
    const View view = this->view(form.selector.shift);
    for (const SeriesId id : found_by(form.selector)) {
        load(id, view.at, form.range);
        if (!samples_.empty()) {
            matrix.push_back({.labels = store_->labels(id), .samples = samples_});
        }
    }
    return matrix;
}

Result<std::optional<double>> Evaluator::Machine::applied(const Call& call,
                                                          const Window& window) const {
    if (call.function->check != nullptr) {
        if (auto fits = call.function->check(window.parameters); !fits) {
            return refuse(*call.arguments.front(), fits.error());
        }
    }
    return call.function->over_range(window);
}

Result<Items> Evaluator::Machine::over_selector(const Call& call,
                                                const MatrixSelector& ranged,
                                                std::span<const double> parameters) {
    const View view = this->view(ranged.selector.shift);
    Items items = take_items();
    items.have_one_name = pins_name(ranged.selector);
    const std::vector<SeriesId>& found = found_by(ranged.selector);
    items.list.reserve(found.size());
    for (const SeriesId id : found) {
        const TimePoint end = end_of(id, view.at);
        const bool has_ended = load(id, end, ranged.range);
        if (samples_.empty()) {
            window_short_ = window_short_ || is_living(id, view.at);
            continue;
        }
        const Window window{.samples = samples_,
                            .end = end,
                            .length = ranged.range,
                            .now = now_,
                            .dialect = options_.dialect,
                            .parameters = parameters};
        const auto value = applied(call, window);
        if (!value) {
            return fail(value.error());
        }
        if (*value) {
            items.list.push_back({.series = id,
                                  .own = nullptr,
                                  .is_nameless = false,
                                  .value = **value,
                                  .origin = view.origin(samples_.back().at, has_ended)});
        } else {
            window_short_ = window_short_ || is_living(id, view.at);
        }
    }
    return items;
}

Result<Items> Evaluator::Machine::over_subquery(const Call& call,
                                                const Node& node,
                                                const Subquery& subquery,
                                                std::span<const double> parameters) {
    const View view = this->view(subquery.shift);
    auto tracks = run_subquery(node, subquery);
    if (!tracks) {
        return fail(std::move(tracks).error());
    }
    Items items = take_items();
    for (const auto& [labels, track] : *tracks) {
        const Window window{.samples = track.samples,
                            .end = view.at,
                            .length = subquery.range,
                            .now = now_,
                            .dialect = options_.dialect,
                            .parameters = parameters};
        const auto value = applied(call, window);
        if (!value) {
            return fail(value.error());
        }
        if (*value) {
            items.list.push_back({.own = std::make_shared<const Labels>(labels),
                                  .value = **value,
                                  .origin = track.origin});
        } else {
            window_short_ = true;
        }
    }
    return items;
}

Origin Evaluator::Machine::seen_from(const View& view, const Origin& origin) {
    return origin.is_constant() ? origin : view.origin(origin.latest, origin.ended);
}

Result<Evaluator::Machine::Tracks> Evaluator::Machine::run_subquery(const Node& node,
                                                                    const Subquery& subquery) {
    const TimePoint now = now_;
    const View view = this->view(subquery.shift);
    const Duration step = subquery.step.value_or(options_.step);
    TimePoint at = first_step(view.at, subquery.range, step, options_.dialect);
    const auto steps = at > view.at ? 0 : static_cast<std::size_t>((view.at - at) / step) + 1;
    if (steps > options_.most_evaluations - evaluations_) {
        return refuse(node,
                      {.code = ErrorCode::invalid_input,
                       .message = "subqueries would take more than " +
                                  std::to_string(options_.most_evaluations) +
                                  " evaluations: use a longer step or a shorter range"});
    }
    evaluations_ += steps;
    Tracks tracks;
    Status added;
    const Origin outer = consulted_;
    Origin inner;
    for (; at <= view.at && added; at += step) {
        now_ = at;
        consulted_ = {};
        added = add_to_tracks(subquery, tracks);
        inner.follow(consulted_);
    }
    now_ = now;
    consulted_ = seen_from(view, inner);
    consulted_.join(outer);
    if (!added) {
        return fail(added.error());
    }
    for (auto& [labels, track] : tracks) {
        track.origin = seen_from(view, track.origin);
    }
    return tracks;
}

Status Evaluator::Machine::add_to_tracks(const Subquery& subquery, Tracks& tracks) {
    auto operand = evaluate(*subquery.operand);
    if (!operand) {
        return fail(std::move(operand).error());
    }
    Items items = std::get<Items>(*std::move(operand));
    samples_read_ += items.list.size();
    if (samples_read_ > options_.most_samples) {
        return fail(ErrorCode::invalid_input,
                    position_prefix(expression_.text, subquery.operand->span.begin) +
                        "subqueries read more than " + std::to_string(options_.most_samples) +
                        " samples: use a longer step or a shorter range");
    }
    for (const Item& item : items.list) {
        Track& track = tracks[labels_of(item, *store_)];
        track.samples.push_back({.at = now_, .value = item.value});
        track.origin.follow(item.origin);
    }
    give_back(std::move(items));
    return {};
}

}  // namespace tided::metrics::promql
