#include "metrics/kubernetes_lane.h"

#include <algorithm>
#include <utility>

namespace tided::metrics {
namespace {

constexpr Duration furthest_ahead = std::chrono::minutes{10};
constexpr Duration standing_still = std::chrono::minutes{2};
constexpr Duration settling = std::chrono::minutes{2};

Labels stored_labels(Labels labels, const KubernetesRequest& request) {
    for (Label& label : labels) {
        if (label.name == metric_name_label) {
            label.value = stored_name(label.value, request);
        }
    }
    return labels;
}

}  // namespace

KubernetesLane::KubernetesLane(KubernetesRequest request, Store& store)
    : request_(std::move(request)), store_(store), group_(store.make_group()) {
    store_.hold(group_);
}

KubernetesLane::~KubernetesLane() {
    for (const auto& [labels, entry] : series_) {
        store_.remove(entry.id);
    }
    for (const Ended& ended : ended_) {
        store_.remove(ended.id);
    }
}

void KubernetesLane::take(const std::vector<KubernetesSample>& samples, TimePoint now) {
    is_tried_ = true;
    is_silent_ = false;
    failure_.clear();
    answered_ = now;
    warning_.clear();
    ++answers_;
    TimePoint newest = samples.empty() ? now : TimePoint::min();
    for (const KubernetesSample& sample : samples) {
        Entry& entry = series_[sample.labels];
        entry.answer = answers_;
        newest = std::max(newest, sample.at);
        take(entry, sample, now);
    }
    if (now - newest > standing_still) {
        warning_ = "its newest sample is of " + tided::to_string(newest) +
                   ": what serves it stands still, or its clock is late";
    }
    end_missing(now);
}

void KubernetesLane::take(Entry& entry, const KubernetesSample& sample, TimePoint now) {
    if (!store_.contains(entry.id)) {
        const auto id = store_.intern(stored_labels(sample.labels, request_), group_);
        if (!id) {
            return;
        }
        entry.id = *id;
    } else if (entry.stamp == sample.at) {
        return;
    }
    entry.stamp = sample.at;
    if (sample.at < TimePoint{} || sample.at > now + furthest_ahead) {
        store_.count_out_of_range();
        return;
    }
    if (sample.at > now) {
        store_.count_clamped();
    }
    // Behind the marker, when it is back with the stamp that it had.
    TimePoint at = std::min(sample.at, now);
    if (const auto newest = store_.latest(entry.id, now);
        newest && is_stale_marker(newest->value)) {
        at = std::max(at, newest->at + Duration{1});
    }
    store_.append(entry.id, at, sample.value);
}

void KubernetesLane::end_missing(TimePoint now) {
    forget_ended(now);
    std::erase_if(series_, [&](const auto& one) {
        const Entry& entry = one.second;
        if (entry.answer == answers_) {
            return false;
        }
        if (const auto newest = store_.latest(entry.id, now)) {
            store_.append(entry.id, newest->at + Duration{1}, stale_marker());
        }
        ended_.push_back({.id = entry.id, .at = now});
        return true;
    });
}

// What ranges still read of an ended series is as long as the store keeps samples. One that came
// back meanwhile goes on.
void KubernetesLane::forget_ended(TimePoint now) {
    while (!ended_.empty() && now - ended_.front().at > store_.retention()) {
        if (is_over(ended_.front().id, now)) {
            store_.remove(ended_.front().id);
        }
        ended_.pop_front();
    }
}

bool KubernetesLane::is_over(SeriesId id, TimePoint now) const {
    const auto newest = store_.latest(id, now);
    return !newest || is_stale_marker(newest->value);
}

std::vector<SeriesId> KubernetesLane::lately_gone(TimePoint now) const {
    std::vector<SeriesId> gone;
    for (auto one = ended_.rbegin(); one != ended_.rend() && now - one->at < settling; ++one) {
        if (store_.contains(one->id) && is_over(one->id, now)) {
            gone.push_back(one->id);
        }
    }
    return gone;
}

void KubernetesLane::miss(std::string failure, Peer peer) {
    is_tried_ = true;
    is_silent_ = peer == Peer::silent;
    failure_ = std::move(failure);
}

void KubernetesLane::rebase(Duration jump) {
    if (answered_) {
        *answered_ += jump;
    }
    for (Ended& ended : ended_) {
        ended.at += jump;
    }
}

}  // namespace tided::metrics
