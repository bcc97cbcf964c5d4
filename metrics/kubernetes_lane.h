// Kubernetes lane: one request to a metrics API again and again, and its answers in the store.
//
//   an answer           its samples at their own instants; a series that it leaves out has ended
//   an empty answer     every series has ended: no samples, which is not 0
//   anything else       the series stay and age; nothing of what is unknown is dropped
//
// No sample of a series that has not ended ever gets too old to be read: without it a sum would be
// smaller, and no older. So its readers set no lookback, a range ends at the newest sample of each
// series (Store::hold), and a series leaves the store only some time after it has ended.
//
// A stamp ahead of our clock counts as now, for by its own instant a server that stands still would
// stay fresh until we are there; the same stamp again is the same sample. More than ten minutes
// ahead, or before 1970, it is dropped.
//
// Samples of over two minutes ago are told: metrics-server measures every 15 seconds, or every
// minute at most. A series ends right behind its last sample, not at the answer that lacks it:
// samples come up to a minute late, and one that comes back a moment later is not to wait for its
// stamps to pass ours.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "metrics/kubernetes_answer.h"
#include "metrics/kubernetes_request.h"
#include "metrics/store.h"
#include "policy/vocab/labels.h"
#include "policy/vocab/time.h"

namespace tided::metrics {

class KubernetesLane {
public:
    /// REQUIRES: `store` outlives the lane.
    KubernetesLane(KubernetesRequest request, Store& store);
    /// Takes its series out of the store.
    ~KubernetesLane();
    KubernetesLane(const KubernetesLane&) = delete;
    KubernetesLane& operator=(const KubernetesLane&) = delete;

    [[nodiscard]] const KubernetesRequest& request() const { return request_; }

    /// Takes an answer to a request that left at `now`.
    void take(const std::vector<KubernetesSample>& samples, TimePoint now);

    /// Whether whoever gives no answer that can be taken gives any at all.
    enum class Peer : std::uint8_t { answers, silent };

    /// Notes why there was no answer that can be taken.
    void miss(std::string failure, Peer peer);

    [[nodiscard]] bool is_tried() const { return is_tried_; }
    /// Of the last request; "" when it was answered.
    [[nodiscard]] const std::string& failure() const { return failure_; }
    /// Whether nothing at all came back to the last request.
    [[nodiscard]] bool is_silent() const { return is_silent_; }
    /// When the request left that was last answered; nothing when none ever was.
    [[nodiscard]] std::optional<TimePoint> answered() const { return answered_; }
    /// What is odd about the last answer: that its samples stand still; else "".
    [[nodiscard]] const std::string& warning() const { return warning_; }

    /// Series that ended in the last two minutes and have not come back. A node that does not
    /// answer takes its pods out of the API, as if they had ended.
    [[nodiscard]] std::vector<SeriesId> lately_gone(TimePoint now) const;

    /// Shifts what is remembered, after a wall-clock jump.
    void rebase(Duration jump);

private:
    struct Entry {
        SeriesId id{};
        TimePoint stamp{};         ///< of the last sample, as the API gave it
        std::uint64_t answer = 0;  ///< the last that had it
    };

    struct Ended {
        SeriesId id{};
        TimePoint at{};
    };

    void take(Entry& entry, const KubernetesSample& sample, TimePoint now);
    void end_missing(TimePoint now);
    void forget_ended(TimePoint now);
    [[nodiscard]] bool is_over(SeriesId id, TimePoint now) const;

    KubernetesRequest request_;
    Store& store_;
    Group group_;
    std::unordered_map<Labels, Entry, LabelsHash> series_;  ///< by the labels of their samples
    std::deque<Ended> ended_;                               ///< the earliest first
    std::uint64_t answers_ = 0;
    std::optional<TimePoint> answered_;
    std::string failure_;
    std::string warning_;
    bool is_tried_ = false;
    bool is_silent_ = false;
};

}  // namespace tided::metrics
