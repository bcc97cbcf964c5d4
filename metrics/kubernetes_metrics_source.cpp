// The source type = "kubernetes_metrics": a lane per distinct request, so that policies that ask
// the same share it, one store for all of them, one evaluator a query. A reading is as old as the
// oldest sample behind it by the instants of the API, never by ours: a metrics server that stands
// still, or whose clock is late, makes it stale. While a request fails it is at least as old as
// that request's last answer, for what the other requests say of the present is a part of the
// truth.
//
// Where more than a tenth of what a selector reads has left the API within two minutes, a reading
// is partial: those pods may have ended, or their node does not answer.
//
// Nothing is read before every request of a query was answered once, and nothing of a range before
// samples were gathered for that long.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "metrics/evaluate.h"
#include "metrics/kubernetes_answer.h"
#include "metrics/kubernetes_lane.h"
#include "metrics/kubernetes_refusal.h"
#include "metrics/kubernetes_request.h"
#include "metrics/listing.h"
#include "metrics/phase.h"
#include "metrics/sources.h"
#include "metrics/store.h"

namespace tided::metrics {
namespace {

namespace asio = boost::asio;

/// A series counts until its API leaves it out (metrics/kubernetes_lane.h).
constexpr Duration no_lookback = std::chrono::days{36'500};
/// How long after max_age the value of a failing request is shown.
constexpr Duration given_up_after = std::chrono::minutes{5};
constexpr std::size_t series_per_gone = 10;
constexpr std::string_view only_version = "v1beta1";  ///< of the resource and the external API
constexpr std::string_view newer_custom = "v1beta2";
constexpr std::string_view older_custom = "v1beta1";

using Lanes = std::vector<std::shared_ptr<KubernetesLane>>;
using LanesByPath = std::unordered_map<std::string, std::shared_ptr<KubernetesLane>>;

struct Demand {
    std::string expression;  ///< as it was asked
    promql::Evaluator evaluator;
    Duration max_age;
    Duration window;                   ///< how long samples must have been gathered
    Lanes lanes{};                     ///< that bring what it reads
    std::optional<TimePoint> since{};  ///< from when on all of them had been answered
};

class KubernetesMetricsSource final : public Source {
public:
    KubernetesMetricsSource(KubernetesMetricsSpec spec, Transport& transport)
        : spec_(std::move(spec)), transport_(transport) {}

    [[nodiscard]] Status demand(std::vector<Query> queries) override;
    [[nodiscard]] std::size_t lanes() const override { return lanes_.size(); }
    [[nodiscard]] TimePoint next(std::size_t lane, TimePoint after) const override {
        const Duration phase =
            phase_of(lanes_.at(lane)->request().path, spec_.name, spec_.interval);
        return next_instant(after, spec_.interval, phase);
    }
    [[nodiscard]] asio::awaitable<Fetched> fetch(std::size_t lane,
                                                 TimePoint now,
                                                 Deadline deadline) override {
        // The lane lives on through a demand() that drops it meanwhile.
        return ask(lanes_.at(lane), now, deadline);
    }
    [[nodiscard]] Duration timeout() const override { return spec_.timeout; }
    [[nodiscard]] Reading read(std::size_t index, TimePoint now) override;
    [[nodiscard]] Measurements measure(std::size_t index, TimePoint now) override;
    [[nodiscard]] SourceHealth health() const override;
    void rebase(Duration jump) override;

private:
    [[nodiscard]] Result<Demand> make_demand(const Query& query, LanesByPath& lanes);
    [[nodiscard]] std::shared_ptr<KubernetesLane> lane_of(KubernetesRequest request,
                                                          LanesByPath& lanes);
    asio::awaitable<Fetched> ask(std::shared_ptr<KubernetesLane> lane,
                                 TimePoint now,
                                 Deadline deadline);
    [[nodiscard]] asio::awaitable<Result<Page>> get(const KubernetesRequest& request,
                                                    Deadline deadline);
    [[nodiscard]] asio::awaitable<Result<Page>> get(const KubernetesRequest& request,
                                                    std::string_view version,
                                                    Deadline deadline);
    Fetched settle(KubernetesLane& lane, const Result<Page>& page, TimePoint now);
    [[nodiscard]] std::string shown(const KubernetesRequest& request) const;
    [[nodiscard]] bool is_unsure(const Demand& demand, TimePoint now) const;

    KubernetesMetricsSpec spec_;
    Transport& transport_;
    Store store_;
    Lanes lanes_;
    std::vector<Demand> demands_;
    std::string_view custom_version_ = newer_custom;  ///< the one that last answered
    std::string last_failure_;
    Duration jumped_{};  ///< the sum of all wall-clock jumps
};

Status KubernetesMetricsSource::demand(std::vector<Query> queries) {
    std::vector<Demand> demands;
    LanesByPath by_path;
    for (const auto& lane : lanes_) {
        by_path.emplace(lane->request().path, lane);
    }
    Duration retention = Store{}.retention();
    for (const Query& query : queries) {
        auto demand = make_demand(query, by_path);
        if (!demand) {
            return fail(std::move(demand).error());
        }
        retention = std::max(retention, needs(demand->evaluator.expression()));
        demands.push_back(*std::move(demand));
    }
    std::unordered_map<std::string_view, std::optional<TimePoint>> before;
    for (const Demand& demand : demands_) {
        before[demand.expression] = demand.since;
    }
    lanes_.clear();
    for (Demand& demand : demands) {
        demand.since = before[demand.expression];
        for (const auto& lane : demand.lanes) {
            if (by_path.erase(lane->request().path) > 0) {
                lanes_.push_back(lane);
            }
        }
    }
    demands_ = std::move(demands);
    store_.keep(retention);
    return {};
}

Result<Demand> KubernetesMetricsSource::make_demand(const Query& query, LanesByPath& lanes) {
    auto asked = make_kubernetes_query(query.expression, spec_);
    if (!asked) {
        return fail(std::move(asked).error());
    }
    auto evaluator = make_evaluator(std::move(asked->expression),
                                    {.dialect = spec_.dialect, .lookback = no_lookback});
    if (!evaluator) {
        return fail(std::move(evaluator).error());
    }
    const Duration window = window_of(evaluator->expression());
    Demand demand{.expression = query.expression,
                  .evaluator = *std::move(evaluator),
                  .max_age = query.max_age,
                  .window = window};
    for (KubernetesRequest& request : asked->requests) {
        demand.lanes.push_back(lane_of(std::move(request), lanes));
    }
    return demand;
}

// A request asked before goes on in its lane. Of one API the path alone tells requests apart.
std::shared_ptr<KubernetesLane> KubernetesMetricsSource::lane_of(KubernetesRequest request,
                                                                 LanesByPath& lanes) {
    auto& lane = lanes[request.path];
    if (!lane) {
        lane = std::make_shared<KubernetesLane>(std::move(request), store_);
    }
    return lane;
}

asio::awaitable<Fetched> KubernetesMetricsSource::ask(std::shared_ptr<KubernetesLane> lane,
                                                      TimePoint now,
                                                      Deadline deadline) {
    const Duration jumped_before = jumped_;
    const Result<Page> page = co_await get(lane->request(), deadline);
    co_return settle(*lane, page, now + (jumped_ - jumped_before));
}

// An adapter serves either version of the custom API, and says 404 to a metric that it does not
// know as well: the other version has the last word.
asio::awaitable<Result<Page>> KubernetesMetricsSource::get(const KubernetesRequest& request,
                                                           Deadline deadline) {
    if (request.kind != KubernetesRequest::Kind::custom) {
        co_return co_await get(request, only_version, deadline);
    }
    const std::string_view first = custom_version_;
    const std::string_view second = first == newer_custom ? older_custom : newer_custom;
    Result<Page> page = co_await get(request, first, deadline);
    if (!page || page->status != 404) {
        co_return page;
    }
    Result<Page> other = co_await get(request, second, deadline);
    if (!other || (other->status == 404 && is_unknown_path(*other))) {
        co_return page;
    }
    custom_version_ = second;
    co_return other;
}

asio::awaitable<Result<Page>> KubernetesMetricsSource::get(const KubernetesRequest& request,
                                                           std::string_view version,
                                                           Deadline deadline) {
    Get asked{
        .url = url_of(request, version), .accept = "application/json", .headers = {}, .body = {}};
    co_return co_await transport_.get(std::move(asked), deadline);
}

Fetched KubernetesMetricsSource::settle(KubernetesLane& lane,
                                        const Result<Page>& page,
                                        TimePoint now) {
    Fetched fetched;
    fetched.bytes = page ? page->body.size() : 0;
    auto samples = page ? parse_kubernetes_answer(lane.request(), *page)
                        : Result<std::vector<KubernetesSample>>{fail(page.error())};
    if (samples) {
        fetched.samples = samples->size();
        lane.take(*samples, now);
        if (!lane.warning().empty()) {
            fetched.warning = shown(lane.request()) + ": " + lane.warning();
        }
    } else {
        Error error = std::move(samples).error().within(shown(lane.request()));
        lane.miss(error.message,
                  !page && is_silence(page.error()) ? KubernetesLane::Peer::silent
                                                    : KubernetesLane::Peer::answers);
        last_failure_ = error.message;
        fetched.status = fail(std::move(error));
    }
    return fetched;
}

// As `kubectl get --raw` takes it.
std::string KubernetesMetricsSource::shown(const KubernetesRequest& request) const {
    const bool is_custom = request.kind == KubernetesRequest::Kind::custom;
    return "reading " + url_of(request, is_custom ? custom_version_ : only_version);
}

Reading KubernetesMetricsSource::read(std::size_t index, TimePoint now) {
    Demand& demand = demands_.at(index);
    Duration answered_ago{};
    bool is_failing = false;
    for (const auto& lane : demand.lanes) {
        if (!lane->answered()) {
            return Reading::absent(lane->is_tried() ? Absence::source_failed : Absence::never_seen);
        }
        if (!lane->failure().empty()) {
            is_failing = true;
            answered_ago = std::max(answered_ago, now - *lane->answered());
        }
    }
    demand.since = demand.since.value_or(now);
    if (now - *demand.since < demand.window) {
        return Reading::absent(Absence::window_short);
    }
    const Reading reading = evaluate(demand.evaluator, store_, now, demand.max_age);
    const Duration age = std::max(reading.age, answered_ago);
    const bool is_absent = reading.freshness == Freshness::absent;
    if (is_failing && (is_absent || age > demand.max_age + given_up_after)) {
        return Reading::absent(Absence::source_failed);
    }
    if (is_absent) {
        return reading;
    }
    Reading whole = Reading::of(reading.value, age, demand.max_age);
    if (whole.is_fresh() && is_unsure(demand, now)) {
        whole.freshness = Freshness::partial;
    }
    return whole;
}

// A container's own sample is whole whatever others say: its age alone tells what it is worth.
Measurements KubernetesMetricsSource::measure(std::size_t index, TimePoint now) {
    Demand& demand = demands_.at(index);
    for (const auto& lane : demand.lanes) {
        if (!lane->answered()) {
            return {.absence = lane->is_tried() ? Absence::source_failed : Absence::never_seen};
        }
    }
    demand.since = demand.since.value_or(now);
    if (now - *demand.since < demand.window) {
        return {.absence = Absence::window_short};
    }
    return metrics::measure(demand.evaluator, store_, now);
}

// Whether too much of what it reads has gone too lately.
bool KubernetesMetricsSource::is_unsure(const Demand& demand, TimePoint now) const {
    std::unordered_set<std::uint32_t> gone;
    for (const auto& lane : demand.lanes) {
        for (const SeriesId id : lane->lately_gone(now)) {
            gone.insert(id.slot);
        }
    }
    if (gone.empty()) {
        return false;
    }
    const auto uses = promql::selectors_of(demand.evaluator.expression());
    return std::any_of(uses.begin(), uses.end(), [&](const promql::SelectorUse& use) {
        std::size_t lost = 0;
        std::size_t living = 0;
        for (const SeriesId id : store_.find(use.selector->matchers)) {
            const auto newest = store_.latest(id, now);
            const bool lives = newest && !is_stale_marker(newest->value);
            living += lives ? 1U : 0U;
            lost += !lives && gone.contains(id.slot) ? 1U : 0U;
        }
        return lost * series_per_gone > living + lost;
    });
}

SourceHealth KubernetesMetricsSource::health() const {
    const Store::Counts& counts = store_.counts();
    SourceHealth health{.lanes = lanes_.size(),
                        .last_error = {},
                        .odd = {.conflicting = counts.conflicting,
                                .out_of_order = counts.out_of_order,
                                .ahead = counts.clamped,
                                .out_of_range = counts.out_of_range}};
    for (const auto& lane : lanes_) {
        health.failing += lane->failure().empty() ? 0U : 1U;
        health.silent += lane->is_silent() ? 1U : 0U;
        if (!lane->warning().empty()) {
            health.last_error = shown(lane->request()) + ": " + lane->warning();
        }
    }
    if (health.failing > 0) {
        health.last_error = last_failure_;
    }
    return health;
}

void KubernetesMetricsSource::rebase(Duration jump) {
    store_.rebase(jump);
    for (const auto& lane : lanes_) {
        lane->rebase(jump);
    }
    for (Demand& demand : demands_) {
        if (demand.since) {
            *demand.since += jump;
        }
    }
    jumped_ += jump;
}

}  // namespace

std::unique_ptr<Source> make_source(KubernetesMetricsSpec spec, Transport& transport) {
    return std::make_unique<KubernetesMetricsSource>(std::move(spec), transport);
}

}  // namespace tided::metrics
