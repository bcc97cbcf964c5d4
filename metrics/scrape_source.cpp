// ScrapeSource: a source that fetches exposition pages itself. One lane a target, one store for
// all of them, one evaluator a query. A reading is absent until it is known what every target it
// covers has to say (a sum over half of the targets would look like half of the load; a target that
// fails from the start is given up after five minutes), and until its window is full: a rate[1m]
// two seconds after a start would look like a thirtieth of the load. A target that fails later
// counts with its last samples, which age until they are stale (metrics/scraper.h); from then on
// the reading is what the others say, and partial: they may ask for more, not for less.
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
    Lane(const ScrapeSpec& spec, Target target, Store& store, const Wanted& wanted)
        : phase(phase_of(target.url, spec.name, spec.interval)),
          scraper(spec, std::move(target), store, &wanted) {}

    Duration phase;
    Scraper scraper;
    bool is_failing = false;
    bool is_silent = false;
};

struct Demand {
    promql::Evaluator evaluator;
    Duration max_age;
    Duration window;                   ///< how long samples must have been gathered
    bool is_wider = false;             ///< its history was not kept before it was demanded
    std::uint32_t wanted_since = 0;    ///< the change from which all of it is stored
    bool is_known = false;             ///< every target it covers has told since
    std::optional<TimePoint> since{};  ///< then: when it was first read
};

class ScrapeSource final : public Source {
public:
    ScrapeSource(ScrapeSpec spec, Transport& transport)
        : spec_(std::move(spec)), transport_(transport), store_(spec_.series_limit) {
        for (Target& target : targets_of(spec_)) {
            lanes_.push_back(std::make_unique<Lane>(spec_, std::move(target), store_, wanted_));
        }
    }

    [[nodiscard]] Status demand(std::vector<Query> queries) override;
    [[nodiscard]] std::size_t lanes() const override { return lanes_.size(); }
    [[nodiscard]] TimePoint next(std::size_t lane, TimePoint after) const override {
        return next_instant(after, spec_.interval, lanes_[lane]->phase);
    }
    [[nodiscard]] asio::awaitable<Fetched> fetch(std::size_t lane,
                                                 TimePoint now,
                                                 Deadline deadline) override;
    void measured(std::size_t lane, Duration took) override;
    [[nodiscard]] Duration timeout() const override { return spec_.timeout; }
    [[nodiscard]] Reading read(std::size_t index, TimePoint now) override;
    [[nodiscard]] SourceHealth health() const override;
    void rebase(Duration jump) override;

private:
    Fetched settle(Lane& lane, const Result<Page>& answer, TimePoint now);
    [[nodiscard]] Absence unknown_of(const Demand& demand) const;
    void want(std::vector<Demand>& demands);
    [[nodiscard]] bool is_full(Demand& demand, TimePoint now) const;
    void expire(TimePoint now);

    ScrapeSpec spec_;
    Transport& transport_;
    Store store_;
    Wanted wanted_;
    std::vector<std::unique_ptr<Lane>> lanes_;
    std::vector<Demand> demands_;
    std::size_t failing_ = 0;  ///< lanes whose last fetch failed
    std::size_t silent_ = 0;   ///< of these, lanes without any answer
    std::string last_error_;
    TimePoint next_expiry_{};
    std::optional<TimePoint> gathering_since_;  ///< the first page of any target
    Duration jumped_{};                         ///< the sum of all wall-clock jumps
};

Status ScrapeSource::demand(std::vector<Query> queries) {
    std::vector<Demand> demands;
    Duration retention = Store{}.retention();
    for (Query& query : queries) {
        auto evaluator = make_evaluator(std::move(query.expression), {.dialect = spec_.dialect});
        if (!evaluator) {
            return fail(std::move(evaluator.error()));
        }
        const Duration needed = needs(evaluator->expression());
        const Duration window = window_of(evaluator->expression());
        retention = std::max(retention, needed);
        demands.push_back(
            {.evaluator = std::move(*evaluator), .max_age = query.max_age, .window = window});
    }
    want(demands);
    demands_ = std::move(demands);
    store_.keep(retention);
    return {};
}

// An expression that was demanded before goes on as it was. Of a new one the series may not have
// been stored: it waits for the targets, and for its window.
void ScrapeSource::want(std::vector<Demand>& demands) {
    std::vector<Wanted::Selector> selectors;
    for (const Demand& demand : demands) {
        for (const promql::SelectorUse& use : selectors_of(demand.evaluator.expression())) {
            selectors.push_back(use.selector->matchers);
        }
    }
    wanted_.set(selectors);
    for (Demand& demand : demands) {
        const auto before = std::find_if(demands_.begin(), demands_.end(), [&](const Demand& old) {
            return old.evaluator.expression().text == demand.evaluator.expression().text;
        });
        if (before != demands_.end()) {
            demand.is_wider = before->is_wider;
            demand.since = before->since;
            demand.is_known = before->is_known;
        } else {
            demand.is_wider = gathering_since_.has_value();
        }
        for (const promql::SelectorUse& use : selectors_of(demand.evaluator.expression())) {
            demand.wanted_since =
                std::max(demand.wanted_since, wanted_.since(use.selector->matchers));
        }
    }
}

asio::awaitable<Fetched> ScrapeSource::fetch(std::size_t lane, TimePoint now, Deadline deadline) {
    const Duration jumped_before = jumped_;
    const Result<Page> answer = co_await transport_.get(lanes_[lane]->scraper.request(), deadline);
    co_return settle(*lanes_[lane], answer, now + (jumped_ - jumped_before));
}

Fetched ScrapeSource::settle(Lane& lane, const Result<Page>& answer, TimePoint now) {
    Fetched fetched = lane.scraper.take(answer, now);
    failing_ -= lane.is_failing ? 1U : 0U;
    silent_ -= lane.is_silent ? 1U : 0U;
    lane.is_failing = !fetched.status;
    lane.is_silent = !answer && is_silence(answer.error());
    silent_ += lane.is_silent ? 1U : 0U;
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

void ScrapeSource::measured(std::size_t lane, Duration took) {
    lanes_[lane]->scraper.measured(took);
}

void ScrapeSource::expire(TimePoint now) {
    if (now >= next_expiry_) {
        store_.expire(now);
        next_expiry_ = now + expiry_period;
    }
}

Reading ScrapeSource::read(std::size_t index, TimePoint now) {
    Demand& demand = demands_[index];
    if (const Absence unknown = unknown_of(demand); unknown != Absence::none) {
        return Reading::absent(unknown);
    }
    demand.is_known = true;
    if (gathering_since_ && !is_full(demand, now)) {
        return Reading::absent(Absence::window_short);
    }
    const Reading reading = evaluate(demand.evaluator, store_, now, demand.max_age);
    if (reading.freshness == Freshness::stale && failing_ > 0) {
        Reading part = evaluate(demand.evaluator, store_, now, demand.max_age, Held::left_out);
        if (part.is_fresh()) {
            part.freshness = Freshness::partial;
            return part;
        }
    }
    const bool all_fail = failing_ > 0 && failing_ == lanes_.size();
    if (reading.absence == Absence::no_series && all_fail) {
        return Reading::absent(Absence::source_failed);
    }
    return reading;
}

// Why nothing can be said yet of the targets that the demand's selectors may match.
Absence ScrapeSource::unknown_of(const Demand& demand) const {
    if (demand.is_known) {
        return Absence::none;
    }
    Absence why = Absence::none;
    for (const promql::SelectorUse& use : promql::selectors_of(demand.evaluator.expression())) {
        const std::vector<Matcher>& matchers = use.selector->matchers;
        const bool is_made = std::any_of(matchers.begin(), matchers.end(), [](const Matcher& m) {
            return m.name() == metric_name_label && m.op() == MatchOp::equal &&
                   is_made_by_scrapes(m.value());
        });
        for (const auto& lane : lanes_) {
            if (lane->scraper.is_known(demand.wanted_since) || !lane->scraper.may_match(matchers)) {
                continue;
            }
            if (!lane->scraper.is_tried(demand.wanted_since)) {
                return Absence::never_seen;
            }
            why = is_made ? why : Absence::source_failed;
        }
    }
    return why;
}

bool ScrapeSource::is_full(Demand& demand, TimePoint now) const {
    if (demand.is_wider && !demand.since) {
        demand.since = now;
    }
    return now - demand.since.value_or(*gathering_since_) >= demand.window;
}

SourceHealth ScrapeSource::health() const {
    const Store::Counts& counts = store_.counts();
    return {.lanes = lanes_.size(),
            .failing = failing_,
            .silent = silent_,
            .last_error = failing_ > 0 ? last_error_ : std::string{},
            .odd = {.conflicting = counts.conflicting,
                    .out_of_order = counts.out_of_order,
                    .ahead = counts.clamped,
                    .out_of_range = counts.out_of_range}};
}

void ScrapeSource::rebase(Duration jump) {
    store_.rebase(jump);
    next_expiry_ += jump;
    if (gathering_since_) {
        *gathering_since_ += jump;
    }
    for (const auto& lane : lanes_) {
        lane->scraper.rebase(jump);
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
