#include "metrics/store.h"

#include <algorithm>

namespace tided::metrics {

Group Store::make_group() {
    if (free_groups_.empty()) {
        groups_.emplace_back();
        return static_cast<Group>(groups_.size() - 1);
    }
    const Group group = free_groups_.back();
    free_groups_.pop_back();
    return group;
}

void Store::drop_group(Group group) {
    groups_[group] = {.series = groups_[group].series, .is_dropped = true};
    if (groups_[group].series == 0) {
        groups_[group] = {};
        free_groups_.push_back(group);
    }
}

void Store::join(Life& life, Group group) {
    life.group = group;
    ++groups_[group].series;
}

void Store::leave_group(const Life& life) {
    GroupState& group = groups_[life.group];
    if (--group.series == 0 && group.is_dropped) {
        group = {};
        free_groups_.push_back(life.group);
    }
}

Result<SeriesId> Store::intern(std::span<const LabelView> labels, Group group) {
    if (const std::uint32_t known = index_.find(labels); known != SeriesIndex::none) {
        if (groups_[lives_[known].group].is_dropped) {
            leave_group(lives_[known]);
            join(lives_[known], group);
        }
        return id_of(known);
    }
    if (is_full() || bytes() >= memory_limit_) {
        return fail(ErrorCode::out_of_capacity,
                    "the source already holds " +
                        (is_full() ? std::to_string(size()) + " series, its series_limit"
                                   : std::to_string(bytes()) + " bytes of series and samples, its "
                                                               "memory_limit") +
                        ": refused " + to_string(labels_of(labels)));
    }
    const std::uint32_t slot = index_.add(labels);
    if (slot == lives_.size()) {
        lives_.add();
        windows_.add();
    }
    join(lives_[slot], group);
    ++version_;
    ++counts_.created;
    return id_of(slot);
}

void Store::take_back(SeriesId id) {
    if (contains(id)) {
        remove(id.slot);
        --counts_.removed;
        --counts_.created;
    }
}

Appended Store::append(SeriesId id, TimePoint at, double value) {
    if (!contains(id)) {
        return Appended::dead_series;
    }
    Window& window = windows_[id.slot];
    const std::int64_t at_ms = (at - base_).time_since_epoch().count();
    if (!window.empty()) {
        const Window::Entry newest = window.newest();
        if (at_ms < newest.at_ms) {
            ++counts_.out_of_order;
            return Appended::out_of_order;
        }
        if (at_ms == newest.at_ms) {
            const bool same =
                std::bit_cast<std::uint64_t>(newest.value) == std::bit_cast<std::uint64_t>(value);
            ++(same ? counts_.duplicate : counts_.conflicting);
            return same ? Appended::duplicate : Appended::conflicting;
        }
    }
    const std::size_t before = window.bytes();
    window.push({at_ms, value}, at_ms - retention_.count());
    samples_ += window.bytes() - before;
    ++counts_.appended;
    return Appended::stored;
}

std::vector<SeriesId> Store::find(std::span<const Matcher> matchers) const {
    std::vector<SeriesId> found;
    const auto by_name = std::find_if(matchers.begin(), matchers.end(), [](const Matcher& m) {
        return m.op() == MatchOp::equal && m.name() == metric_name_label;
    });
    const auto add = [&](std::uint32_t slot) {
        if (satisfies(slot, matchers)) {
            found.push_back(id_of(slot));
        }
    };
    if (by_name != matchers.end()) {
        for (auto slot = index_.first_named(by_name->value()); slot != SeriesIndex::none;
             slot = index_.next_named(slot)) {
            add(slot);
        }
        return found;
    }
    for (std::uint32_t slot = 0; slot < lives_.size(); ++slot) {
        if (index_.holds(slot)) {
            add(slot);
        }
    }
    return found;
}

Cursor Store::samples(SeriesId id, TimePoint first, TimePoint last) const {
    if (!contains(id) || windows_[id.slot].empty()) {
        return Cursor{};
    }
    const Window& window = windows_[id.slot];
    const TimePoint oldest = TimePoint{Duration{window.newest().at_ms}} + base_ - retention_;
    return Cursor{window, base_, std::max(first, oldest), last};
}

std::optional<Sample> Store::latest(SeriesId id, TimePoint at) const {
    if (!contains(id)) {
        return std::nullopt;
    }
    const Window& window = windows_[id.slot];
    const auto entry = window.latest((at - base_).time_since_epoch().count());
    if (!entry || entry->at_ms < window.newest().at_ms - retention_.count()) {
        return std::nullopt;
    }
    return Sample{.at = TimePoint{Duration{entry->at_ms} + base_}, .value = entry->value};
}

Labels Store::labels(SeriesId id) const {
    return contains(id) ? index_.labels(id.slot) : Labels{};
}

std::string_view Store::label(SeriesId id, std::string_view name) const {
    return contains(id) ? index_.label(id.slot, name) : std::string_view{};
}

bool Store::contains(SeriesId id) const {
    return id.slot < lives_.size() && lives_[id.slot].generation == id.generation;
}

void Store::expire(TimePoint now) {
    const std::int64_t oldest_ms = (now - base_ - series_retention_).time_since_epoch().count();
    for (std::uint32_t slot = 0; slot < lives_.size(); ++slot) {
        const Window& window = windows_[slot];
        if (index_.holds(slot) && (window.empty() || window.newest().at_ms < oldest_ms)) {
            remove(slot);
        }
    }
}

bool Store::satisfies(std::uint32_t slot, std::span<const Matcher> matchers) const {
    return std::all_of(matchers.begin(), matchers.end(), [&](const Matcher& matcher) {
        return matcher.matches(index_.label(slot, matcher.name()));
    });
}

void Store::remove(std::uint32_t slot) {
    index_.remove(slot);
    samples_ -= windows_[slot].bytes();
    windows_[slot] = Window{};
    leave_group(lives_[slot]);
    const std::uint32_t generation = lives_[slot].generation + 1;
    lives_[slot] = {.generation = generation == 0 ? 1 : generation};
    ++version_;
    ++counts_.removed;
}

}  // namespace tided::metrics
