#include "metrics/discovery/target_set.h"

#include <algorithm>

#include <xxhash.h>

namespace tided::metrics {

TargetSet::TargetSet(const ScrapeSpec& spec, Relabelling relabelling)
    : spec_(spec), relabelling_(std::move(relabelling)) {}

TargetSet::Change TargetSet::take(const std::vector<Found>& news) {
    for (const Found& found : news) {
        Place& place = places_[found.place];
        const Fingerprint content = fingerprint_of(found.targets);
        if (!found.targets.empty() && content == place.content) {
            continue;
        }
        Place next = judge(found.targets);
        next.content = content;
        leave(place);
        if (found.targets.empty()) {
            places_.erase(found.place);
        } else {
            place = std::move(next);
        }
    }
    return settle();
}

// Names and values are told apart by a byte that cannot occur in UTF-8.
TargetSet::Fingerprint TargetSet::fingerprint_of(const std::vector<Labels>& targets) {
    std::string text;
    for (const Labels& labels : targets) {
        for (const Label& label : labels) {
            text.append(label.name).append("\xff").append(label.value).append("\xff");
        }
        text += '\xfe';
    }
    const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
    return {.low = hash.low64, .high = hash.high64};
}

TargetSet::Place TargetSet::judge(const std::vector<Labels>& targets) {
    Place place;
    for (const Labels& found : targets) {
        Judged one = judged(spec_, relabelling_, found);
        if (one.verdict == Judged::Verdict::kept) {
            place.targets.push_back(one.target.url + ' ' + to_string(one.target.labels));
            use(place.targets.back(), std::move(one.target));
        } else if (one.verdict == Judged::Verdict::dropped) {
            ++place.dropped;
        } else {
            ++place.invalid;
            last_invalid_ = std::move(one.why);
        }
    }
    dropped_ += place.dropped;
    invalid_ += place.invalid;
    return place;
}

void TargetSet::use(const std::string& key, Target target) {
    Entry& entry = entries_[key];
    if (entry.users++ == 0) {
        ++wanted_;
        if (entry.id == 0) {
            entry.target = std::move(target);
        }
        note(key, entry);
    }
}

void TargetSet::leave(const Place& place) {
    for (const std::string& key : place.targets) {
        Entry& entry = entries_.at(key);
        if (--entry.users == 0) {
            --wanted_;
            note(key, entry);
        }
        if (entry.users == 0 && entry.id == 0) {
            entries_.erase(key);
        }
    }
    dropped_ -= place.dropped;
    invalid_ -= place.invalid;
}

void TargetSet::note(const std::string& key, Entry& entry) {
    if (!std::exchange(entry.is_pending, true)) {
        pending_.push_back(key);
    }
}

TargetSet::Change TargetSet::settle() {
    Change change;
    if (is_over_limit()) {
        if (pending_.size() > 2 * entries_.size()) {
            forget_settled();
        }
        return change;
    }
    for (const std::string& key : std::exchange(pending_, {})) {
        const auto at = entries_.find(key);
        if (at == entries_.end()) {
            continue;
        }
        Entry& entry = at->second;
        entry.is_pending = false;
        if (entry.users > 0 && entry.id == 0) {
            entry.id = ++last_id_;
            change.come.emplace_back(entry.id, entry.target);
        } else if (entry.users == 0) {
            change.gone.push_back(entry.id);
            entries_.erase(at);
        }
    }
    in_force_ += change.come.size();
    in_force_ -= change.gone.size();
    return change;
}

// While the limit bites, what came and went again must not pile up.
void TargetSet::forget_settled() {
    pending_.clear();
    for (auto& [key, entry] : entries_) {
        entry.is_pending = (entry.users > 0) != (entry.id != 0);
        if (entry.is_pending) {
            pending_.push_back(key);
        }
    }
    std::sort(pending_.begin(), pending_.end());
}

std::string TargetSet::trouble() const {
    if (is_over_limit()) {
        return std::to_string(wanted_) +
               " targets are found, more than the source's target_limit " +
               std::to_string(spec_.discovery.target_limit) + ": the former " +
               std::to_string(in_force_) + " stay";
    }
    return invalid_ == 0 ? ""
                         : std::to_string(invalid_) +
                               (invalid_ == 1 ? " target is refused: " : " targets are refused: ") +
                               last_invalid_;
}

}  // namespace tided::metrics
