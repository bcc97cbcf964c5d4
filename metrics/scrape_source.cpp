// ScrapeSource: a source that fetches exposition pages itself. One lane a target, one store for
// all of them, one evaluator a query. A reading is absent until every target was tried once (a sum
// over half of the targets would look like half of the load), and until its window is full: a
// rate[1m] two seconds after a start would look like a thirtieth of the load.
#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "metrics/evaluate.h"
#include "metrics/phase.h"
#include "metrics/scraper.h"
#include "metrics/sources.h"
#include "metrics/store.h"
#include "metrics/target_labels.h"

namespace tided::metrics {
namespace {

namespace asio = boost::asio;

constexpr Duration expiry_period = std::chrono::seconds{30};

struct Lane {
    Lane(const ScrapeSpec& spec, Target target, Store& store)
        : phase(phase_of(target.url, spec.name, spec.interval)),
          scraper(spec, std::move(target), store) {}

    Duration phase;
    Scraper scraper;
    bool is_tried = false;
    bool is_failing = false;
};

struct Demand {
    promql::Evaluator evaluator;
    Duration max_age;
    Duration window;                   ///< how long samples must have been gathered
    bool is_wider = false;             ///< its history was not kept before it was demanded
    std::optional<TimePoint> since{};  ///< then: when it was first read
};

class ScrapeSource final : public Source {
public:
    ScrapeSource(ScrapeSpec spec, Transport& transport)
        : spec_(std::move(spec)), transport_(transport), store_(spec_.series_limit) {
        for (Target& target : targets_of(spec_)) {
            lanes_.push_back(std::make_unique<Lane>(spec_, std::move(target), store_));
        }
        untried_ = lanes_.size();
    }

    [[nodiscard]] Status demand(std::vector<Query> queries) override;
    [[nodiscard]] std::size_t lanes() const override { return lanes_.size(); }
    [[nodiscard]] TimePoint next(std::size_t lane, TimePoint after) const override {
        return next_instant(after, spec_.interval, lanes_[lane]->phase);
    }
    [[nodiscard]] asio::awaitable<Fetched> fetch(std::size_t lane,
                                                 TimePoint now,
                                                 Deadline deadline) override;
    void measured(std::size_t lane, TimePoint now, Duration took) override;
    [[nodiscard]] Duration timeout() const override { return spec_.timeout; }
    [[nodiscard]] Reading read(std::size_t index, TimePoint now) override;
    [[nodiscard]] SourceHealth health() const override;
    void rebase(Duration jump) override;

private:
    Fetched settle(Lane& lane, const Result<Page>& answer, TimePoint now);
    [[nodiscard]] bool is_full(Demand& demand, TimePoint now) const;
    void expire(TimePoint now);

    ScrapeSpec spec_;
    Transport& transport_;
    Store store_;
    std::vector<std::unique_ptr<Lane>> lanes_;
    std::vector<Demand> demands_;
    std::size_t untried_ = 0;  ///< lanes never fetched
    std::size_t failing_ = 0;  ///< lanes whose last fetch failed
    std::string last_error_;
    TimePoint next_expiry_{};
    std::optional<TimePoint> gathering_since_;  ///< the first page of any target
    Duration jumped_{};                         ///< the sum of all wall-clock jumps
};

Status ScrapeSource::demand(std::vector<Query> queries) {
    std::vector<Demand> demands;
    Duration retention = Store{}.retention();
    for (Query& query : queries) {
        auto evaluator = make_evaluator(std::move(query.expression));
        if (!evaluator) {
            return fail(std::move(evaluator.error()));
        }
        const Duration needed = needs(evaluator->expression());
        const Duration window = window_of(evaluator->expression());
        retention = std::max({retention, needed, query.max_age});
        demands.push_back({.evaluator = std::move(*evaluator),
                           .max_age = query.max_age,
                           .window = window,
                           .is_wider = gathering_since_ && needed > store_.retention()});
    }
    demands_ = std::move(demands);
    store_.keep(retention);
    return {};
}

asio::awaitable<Fetched> ScrapeSource::fetch(std::size_t lane, TimePoint now, Deadline deadline) {
    const Duration jumped_before = jumped_;
    const Result<Page> answer = co_await transport_.get(lanes_[lane]->scraper.request(), deadline);
    co_return settle(*lanes_[lane], answer, now + (jumped_ - jumped_before));
}

Fetched ScrapeSource::settle(Lane& lane, const Result<Page>& answer, TimePoint now) {
    Fetched fetched = lane.scraper.take(answer, now);
    untried_ -= std::exchange(lane.is_tried, true) ? 0U : 1U;
    failing_ -= lane.is_failing ? 1U : 0U;
    lane.is_failing = !fetched.status;
    if (!lane.is_failing && !gathering_since_) {
        gathering_since_ = now;
    }
    if (lane.is_failing) {
        ++failing_;
        last_error_ = fetched.status.error().message;
    }
    expire(now);
    return fetched;
}

void ScrapeSource::measured(std::size_t lane, TimePoint now, Duration took) {
    lanes_[lane]->scraper.measured(now, took);
}

void ScrapeSource::expire(TimePoint now) {
    if (now >= next_expiry_) {
        store_.expire(now);
        next_expiry_ = now + expiry_period;
    }
}

Reading ScrapeSource::read(std::size_t index, TimePoint now) {
    if (untried_ > 0) {
        return Reading::absent(Absence::never_seen);
    }
    Demand& demand = demands_[index];
    if (gathering_since_ && !is_full(demand, now)) {
        return Reading::absent(Absence::window_short);
    }
    const Reading reading = evaluate(demand.evaluator, store_, now, demand.max_age);
    const bool all_fail = failing_ > 0 && failing_ == lanes_.size();
    if (reading.absence == Absence::no_series && all_fail) {
        return Reading::absent(Absence::source_failed);
    }
    return reading;
}

bool ScrapeSource::is_full(Demand& demand, TimePoint now) const {
    if (demand.is_wider && !demand.since) {
        demand.since = now;
    }
    return now - demand.since.value_or(*gathering_since_) >= demand.window;
}

SourceHealth ScrapeSource::health() const {
    return {.lanes = lanes_.size(),
            .failing = failing_,
            .last_error = failing_ > 0 ? last_error_ : std::string{}};
}

void ScrapeSource::rebase(Duration jump) {
    store_.rebase(jump);
    next_expiry_ += jump;
    if (gathering_since_) {
        *gathering_since_ += jump;
    }
    for (Demand& demand : demands_) {
        if (demand.since) {
            *demand.since += jump;
        }
    }
    jumped_ += jump;
}

}  // namespace

std::unique_ptr<Source> make_source(ScrapeSpec spec, Transport& transport) {
    return std::make_unique<ScrapeSource>(std::move(spec), transport);
}

}  // namespace tided::metrics
