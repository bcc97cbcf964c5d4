// ScrapeSource: a source that fetches exposition pages itself. One lane a target, one store for
// all of them, one evaluator a query. A reading is absent until it is known what every target it
// covers has to say (a sum over half of the targets would look like half of the load; a target that
// fails from the start is given up after five minutes), and until its window is full: a rate[1m]
// two seconds after a start would look like a thirtieth of the load. A target that fails later
// counts with its last samples, which age until they are stale (metrics/scraper.h); from then on
// the reading is what the others say, and partial: they may ask for more, not for less.
//
// Partial, too, is a reading of which more than a tenth of the targets fail otherwise than by
// refusing, for however long, or came, or came back after their series had ended, too lately to
// fill its window (a restart of everything would look like a pause of the load; a tenth is the
// tolerance of a target metric), and one whose targets may be others: over target_limit, or some
// fail while a discovery fails.
#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "metrics/discovery/finder.h"
#include "metrics/evaluate.h"
#include "metrics/listing.h"
#include "metrics/phase.h"
#include "metrics/promql/shared_parts.h"
#include "metrics/scrape_demand.h"
#include "metrics/scrape_lanes.h"
#include "metrics/sources.h"
#include "metrics/store.h"

namespace tided::metrics {
namespace {

namespace asio = boost::asio;

constexpr Duration expiry_period = std::chrono::seconds{30};
constexpr Duration shortest_retention = std::chrono::minutes{1};

constexpr std::size_t targets_per_unsure = 10;

using Demand = ScrapeDemand;

class ScrapeSource final : public Source {
public:
    ScrapeSource(ScrapeSpec spec, Transport& transport, const DiscoveryPorts& ports)
        : spec_(std::move(spec)),
          transport_(transport),
          store_(spec_.series_limit, spec_.memory_limit),
          lanes_(spec_, store_, wanted_),
          finder_(spec_, ports, [this](TargetSet::Change change) { move(std::move(change)); }) {
        finder_.begin();
    }

    [[nodiscard]] Status demand(std::vector<Query> queries) override;
    [[nodiscard]] std::size_t lanes() const override { return finder_.size() + lanes_.numbers(); }
    /// All at once: a target has one fetch under way at most, and those that are silent, a watch or
    /// a name server take nobody's place.
    [[nodiscard]] std::size_t concurrency() const override { return SIZE_MAX; }
    [[nodiscard]] TimePoint next(std::size_t lane, TimePoint after) const override;
    [[nodiscard]] asio::awaitable<Fetched> fetch(std::size_t lane,
                                                 TimePoint now,
                                                 Deadline deadline) override;
    void measured(std::size_t lane, Duration took) override;
    [[nodiscard]] Duration timeout() const override { return spec_.timeout; }
    [[nodiscard]] Duration timeout_of(std::size_t lane) const override {
        return lane < finder_.size() ? finder_.timeout(lane) : spec_.timeout;
    }
    void on_moved(const std::function<void()>& tell) override {
        finder_.on_due(tell);
        on_moved_ = tell;
    }
    [[nodiscard]] std::vector<std::size_t> take_moved() override;
    void retire() override { finder_.end(); }
    [[nodiscard]] Reading read(std::size_t index, TimePoint now) override;
    [[nodiscard]] Listing list(std::size_t index, TimePoint now) override;
    [[nodiscard]] Measurements measure(std::size_t index, TimePoint now) override;
    [[nodiscard]] SourceHealth health() const override;
    void rebase(Duration jump) override;

private:
    void move(TargetSet::Change change);
    asio::awaitable<Fetched> look(std::size_t index, TimePoint now, Deadline deadline);
    Fetched settle(const ScrapeLanes::Lane& lane, const Result<Page>& answer, TimePoint now);
    void keep_up(TimePoint now);
    [[nodiscard]] Absence unknown_of(const Demand& demand) const;
    void want();
    [[nodiscard]] bool is_full(Demand& demand, TimePoint now) const;
    [[nodiscard]] bool is_unsure(const Demand& demand, TimePoint now);

    ScrapeSpec spec_;
    Transport& transport_;
    Store store_;
    Wanted wanted_;
    ScrapeLanes lanes_;
    Finder finder_;
    std::shared_ptr<promql::SharedParts> parts_ = std::make_shared<promql::SharedParts>();
    std::vector<Demand> demands_;
    Duration longest_window_{};
    std::function<void()> on_moved_;
    std::string last_error_;
    TimePoint next_expiry_{};
    std::optional<TimePoint> gathering_since_;  ///< the first page of any target
    Duration jumped_{};                         ///< the sum of all wall-clock jumps
};

Status ScrapeSource::demand(std::vector<Query> queries) {
    auto demands = make_demands(
        std::move(queries), demands_, spec_.dialect, parts_, gathering_since_.has_value());
    if (!demands) {
        return fail(std::move(demands).error());
    }
    demands_ = *std::move(demands);
    want();
    Duration retention = shortest_retention;
    longest_window_ = Duration{0};
    for (const Demand& demand : demands_) {
        retention = std::max(retention, samples_needed(demand.evaluator.expression()));
        longest_window_ = std::max(longest_window_, demand.window);
    }
    store_.keep(retention, Store{}.retention());
    return {};
}

void ScrapeSource::want() {
    std::vector<Wanted::Selector> selectors;
    for (const Demand& demand : demands_) {
        for (const promql::SelectorUse& use : selectors_of(demand.evaluator.expression())) {
            selectors.push_back(use.selector->matchers);
        }
    }
    wanted_.set(selectors);
    for (Demand& demand : demands_) {
        demand.wanted_since = 0;
        for (const promql::SelectorUse& use : selectors_of(demand.evaluator.expression())) {
            demand.wanted_since =
                std::max(demand.wanted_since, wanted_.since(use.selector->matchers));
        }
    }
}

TimePoint ScrapeSource::next(std::size_t lane, TimePoint after) const {
    if (lane < finder_.size()) {
        return finder_.next(lane, after);
    }
    const auto& target = lanes_.at(lane - finder_.size());
    return target ? next_instant(after, spec_.interval, target->phase) : TimePoint::max();
}

std::vector<std::size_t> ScrapeSource::take_moved() {
    std::vector<std::size_t> moved = finder_.take_due();
    for (const std::size_t number : lanes_.take_moved()) {
        moved.push_back(finder_.size() + number);
    }
    return moved;
}

// Told by a discovery, maybe in the middle of its look, which may last.
void ScrapeSource::move(TargetSet::Change change) {
    if (change.come.empty() && change.gone.empty()) {
        return;
    }
    lanes_.change(std::move(change));
    if (on_moved_) {
        on_moved_();
    }
}

asio::awaitable<Fetched> ScrapeSource::fetch(std::size_t lane, TimePoint now, Deadline deadline) {
    if (lane < finder_.size()) {
        co_return co_await look(lane, now, deadline);
    }
    const std::size_t number = lane - finder_.size();
    const ScrapeLanes::Lane target = lanes_.at(number);
    if (!target) {
        co_return Fetched{.kind = FetchKind::nothing};
    }
    const Duration jumped_before = jumped_;
    lanes_.begin(*target);
    if (!target->page) {
        target->page = transport_.repeat(target->scraper.request());
    }
    Result<Page> answer = co_await target->page->get(deadline);
    lanes_.end(*target, number);
    if (target->is_gone) {
        co_return Fetched{.kind = FetchKind::nothing};
    }
    Fetched fetched = settle(target, answer, now + (jumped_ - jumped_before));
    if (answer) {
        transport_.give_back(std::move(answer->body));
    }
    co_return fetched;
}

asio::awaitable<Fetched> ScrapeSource::look(std::size_t index, TimePoint now, Deadline deadline) {
    const Duration jumped_before = jumped_;
    Fetched fetched{.kind = FetchKind::targets};
    fetched.status = co_await finder_.look(index, deadline);
    keep_up(now + (jumped_ - jumped_before));
    co_return fetched;
}

Fetched ScrapeSource::settle(const ScrapeLanes::Lane& lane,
                             const Result<Page>& answer,
                             TimePoint now) {
    Fetched fetched = lane->scraper.take(answer, now);
    lanes_.judge(lane,
                 {.is_failing = !fetched.status,
                  .is_silent = !answer && is_silence(answer.error()),
                  .is_refusing = !answer && is_refusal(answer.error())},
                 now);
    if (fetched.status && !gathering_since_) {
        gathering_since_ = now;
    }
    if (!fetched.status) {
        last_error_ = fetched.status.error().message;
    }
    keep_up(now);
    return fetched;
}

void ScrapeSource::measured(std::size_t lane, Duration took) {
    if (lane < finder_.size()) {
        return;
    }
    if (const auto& target = lanes_.at(lane - finder_.size())) {
        target->scraper.measured(took);
    }
}

void ScrapeSource::keep_up(TimePoint now) {
    lanes_.end_gone(now);
    if (now >= next_expiry_) {
        store_.expire(now);
        next_expiry_ = now + expiry_period;
    }
}

Reading ScrapeSource::read(std::size_t index, TimePoint now) {
    Demand& demand = demands_[index];
    keep_up(now);
    if (const Absence unknown = unknown_of(demand); unknown != Absence::none) {
        return Reading::absent(unknown);
    }
    demand.is_known = true;
    lanes_.note_newcomers();
    if (gathering_since_ && !is_full(demand, now)) {
        return Reading::absent(Absence::window_short);
    }
    Reading reading = evaluate(demand.evaluator, store_, now, demand.max_age);
    if (reading.freshness == Freshness::stale && lanes_.failing() > 0) {
        Reading part = evaluate(demand.evaluator, store_, now, demand.max_age, Held::left_out);
        if (part.is_fresh()) {
            part.freshness = Freshness::partial;
            return part;
        }
    }
    if (reading.is_fresh() && is_unsure(demand, now)) {
        reading.freshness = Freshness::partial;
    }
    const bool all_fail = lanes_.failing() > 0 && lanes_.failing() == lanes_.size();
    if (reading.absence == Absence::no_series && all_fail) {
        return Reading::absent(Absence::source_failed);
    }
    return reading;
}

// What a failing target would have said is missing: values may be more than these.
Listing ScrapeSource::list(std::size_t index, TimePoint now) {
    Demand& demand = demands_[index];
    keep_up(now);
    const Absence unknown = unknown_of(demand);
    if (unknown == Absence::never_seen || !gathering_since_) {
        return {};
    }
    demand.is_known = demand.is_known || unknown == Absence::none;
    Listing listing = metrics::list(demand.evaluator, store_, now, demand.max_age, demand.label);
    if (unknown != Absence::none || finder_.is_failing() || finder_.is_over_limit() ||
        covers_failing(demand, lanes_) || !is_full(demand, now)) {
        listing.freshness = std::min(listing.freshness, Freshness::partial);
    }
    return listing;
}

// What a silent target lacks takes nothing from what the others say.
Measurements ScrapeSource::measure(std::size_t index, TimePoint now) {
    Demand& demand = demands_[index];
    keep_up(now);
    if (!gathering_since_ || unknown_of(demand) == Absence::never_seen) {
        return {};
    }
    return is_full(demand, now) ? metrics::measure(demand.evaluator, store_, now)
                                : Measurements{.absence = Absence::window_short};
}

// Why nothing can be said yet of the targets that the demand's selectors may match.
Absence ScrapeSource::unknown_of(const Demand& demand) const {
    if (demand.is_known) {
        return Absence::none;
    }
    if (!finder_.is_complete()) {
        return finder_.is_tried() ? Absence::source_failed : Absence::never_seen;
    }
    Absence why = Absence::none;
    for (const promql::SelectorUse& use : promql::selectors_of(demand.evaluator.expression())) {
        const std::vector<Matcher>& matchers = use.selector->matchers;
        const bool is_made_here = is_made(use);
        Absence mine = Absence::none;
        lanes_.for_each([&](const ScrapeLane& lane) {
            if (mine == Absence::never_seen || lane.scraper.is_known(demand.wanted_since) ||
                !lane.scraper.may_match(matchers)) {
                return;
            }
            const bool is_tried = lane.scraper.is_tried(demand.wanted_since);
            mine = !is_tried ? Absence::never_seen : is_made_here ? mine : Absence::source_failed;
        });
        if (mine == Absence::never_seen) {
            return mine;
        }
        why = mine == Absence::none ? why : mine;
    }
    return why;
}

bool ScrapeSource::is_full(Demand& demand, TimePoint now) const {
    if (demand.is_wider && !demand.since) {
        demand.since = now;
    }
    return now - demand.since.value_or(*gathering_since_) >= demand.window;
}

// Whether a sum over the demand's targets may be too small for reasons of theirs.
bool ScrapeSource::is_unsure(const Demand& demand, TimePoint now) {
    if (finder_.is_over_limit() || (finder_.is_failing() && lanes_.failing() > 0)) {
        return true;
    }
    const auto& newcomers = lanes_.newcomers(now, longest_window_);
    for (const promql::SelectorUse& use : promql::selectors_of(demand.evaluator.expression())) {
        const auto covers = [&](const ScrapeLane& lane) {
            return lane.scraper.may_match(use.selector->matchers);
        };
        const auto young = std::count_if(newcomers.begin(), newcomers.end(), [&](const auto& lane) {
            const bool is_settled = lane->known_since && now - *lane->known_since >= demand.window;
            return !is_settled && !lane->is_failing && covers(*lane);
        });
        auto unsure = static_cast<std::size_t>(young);
        if (lanes_.failing() > 0 && !is_made(use)) {
            lanes_.for_each([&](const ScrapeLane& lane) {
                unsure += lane.is_left_out(now, demand.max_age) && covers(lane) ? 1U : 0U;
            });
        }
        if (unsure > 0 && !lanes_.has_at_least(unsure * targets_per_unsure, covers)) {
            return true;
        }
    }
    return false;
}

SourceHealth ScrapeSource::health() const {
    const Store::Counts& counts = store_.counts();
    return {.lanes = lanes_.size(),
            .failing = lanes_.failing(),
            .silent = lanes_.silent(),
            .last_error = lanes_.failing() > 0 ? last_error_ : std::string{},
            .odd = {.conflicting = counts.conflicting,
                    .out_of_order = counts.out_of_order,
                    .ahead = counts.clamped,
                    .out_of_range = counts.out_of_range,
                    .malformed = counts.malformed},
            .series = store_.size(),
            .finds_targets = finder_.size() > 0,
            .dropped = finder_.dropped(),
            .discovery_error = finder_.trouble()};
}

void ScrapeSource::rebase(Duration jump) {
    store_.rebase(jump);
    next_expiry_ += jump;
    if (gathering_since_) {
        *gathering_since_ += jump;
    }
    lanes_.rebase(jump);
    for (Demand& demand : demands_) {
        if (demand.since) {
            *demand.since += jump;
        }
    }
    jumped_ += jump;
}

}  // namespace

std::unique_ptr<Source> make_source(ScrapeSpec spec,
                                    Transport& transport,
                                    const DiscoveryPorts& ports) {
    return std::make_unique<ScrapeSource>(std::move(spec), transport, ports);
}

}  // namespace tided::metrics
