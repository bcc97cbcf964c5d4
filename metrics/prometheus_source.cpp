// The source type = "prometheus": the questions of all policies, on as few lanes as can be. Equal
// questions are one, whatever their blanks; those that differ in one label's value share a query
// (metrics/query_groups.h). A lane asks twice: for the values at the server's present, and for the
// age of the samples behind them at that same instant (metrics/sample_age.h), of the same server.
// Both instants are the server's, so that a clock of ours that is wrong reads neither the past as
// present nor ages amiss.
// A common query that the server refuses is cut in halves at once, down to single queries; after
// ten minutes, and each time twice as long, company is tried again.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "metrics/phase.h"
#include "metrics/prometheus_lane.h"
#include "metrics/promql_client.h"
#include "metrics/query_groups.h"
#include "metrics/question.h"
#include "metrics/question_book.h"
#include "metrics/sources.h"

namespace tided::metrics {
namespace {

using Lane = PrometheusLane;

constexpr Duration usual_pause = std::chrono::minutes{10};
constexpr Duration longest_pause = std::chrono::hours{6};

/// What one fetch brought; without `stamps` when the age was not asked for.
struct Haul {
    PromqlClient::Asked values;
    std::optional<PromqlClient::Asked> stamps;
};

/// How many of the lanes in force are so.
struct Count {
    std::size_t failing = 0;
    std::size_t silent = 0;
    std::size_t warned = 0;

    void add(const Lane::State& state) {
        failing += state.is_failing ? 1U : 0U;
        silent += state.is_silent ? 1U : 0U;
        warned += state.is_warned ? 1U : 0U;
    }
    void remove(const Lane::State& state) {
        failing -= state.is_failing ? 1U : 0U;
        silent -= state.is_silent ? 1U : 0U;
        warned -= state.is_warned ? 1U : 0U;
    }
};

// timestamp() drops metric names, and the server minds series that are then alike.
Error age_unknown(Error error) {
    if (error.message.find("same labelset") != std::string::npos) {
        error.message += "; give each selector one metric name";
    }
    return std::move(error).within("asking for the age of the samples");
}

void add_warnings(const ApiAnswer& answer, std::string& text) {
    for (const std::string& warning : answer.warnings) {
        text += (text.empty() ? "" : "; ") + warning;
    }
}

class PrometheusSource final : public Source {
public:
    PrometheusSource(PrometheusSpec spec, Transport& transport)
        : spec_(std::move(spec)),
          client_(transport, {.timeout = spec_.timeout, .tenant = spec_.tenant}),
          book_(spec_.dialect) {}

    Status demand(std::vector<Query> queries) override {
        if (Status asked = book_.ask(std::move(queries)); !asked) {
            return asked;
        }
        pause_ = usual_pause;
        bring_together();
        return {};
    }

    [[nodiscard]] std::size_t lanes() const override { return lanes_.size(); }

    [[nodiscard]] std::size_t concurrency() const override { return spec_.concurrency; }

    [[nodiscard]] TimePoint next(std::size_t lane, TimePoint after) const override {
        const Lane& one = *lanes_.at(lane);
        const Duration phase = phase_of(one.query(), spec_.name, spec_.interval);
        return one.is_hurried ? after + Duration{1} : next_instant(after, spec_.interval, phase);
    }

    [[nodiscard]] boost::asio::awaitable<Fetched> fetch(std::size_t lane,
                                                        TimePoint now,
                                                        Deadline deadline) override {
        // The lane lives on through a demand() that drops it meanwhile.
        return ask(lanes_.at(lane), now, deadline);
    }

    void measured(std::size_t lane, Duration took) override { lanes_.at(lane)->cost.took = took; }

    // One server may use up its time; the next one gets what is left of the interval.
    [[nodiscard]] Duration timeout() const override {
        const auto servers = static_cast<Duration::rep>(std::max<std::size_t>(spec_.servers, 1));
        return std::min(spec_.timeout * servers, std::max(spec_.interval, spec_.timeout));
    }

    [[nodiscard]] Reading read(std::size_t index, TimePoint now) override {
        return book_.question(index).read(now, book_.query(index).max_age);
    }

    [[nodiscard]] Listing list(std::size_t index, TimePoint now) override {
        return book_.question(index).list(now, book_.query(index).max_age);
    }

    [[nodiscard]] Measurements measure(std::size_t index, TimePoint /*now*/) override {
        return book_.question(index).measure();
    }

    [[nodiscard]] SourceHealth health() const override {
        SourceHealth health{.lanes = lanes_.size(),
                            .failing = count_.failing,
                            .silent = count_.silent,
                            .last_error = {},
                            .servers = spec_.servers,
                            .server = server_};
        if (count_.failing > 0) {
            health.last_error = last_failure_;
        } else if (count_.warned > 0) {
            health.last_error = last_warning_;
        }
        return health;
    }

    [[nodiscard]] std::vector<LaneCost> costs() const override {
        std::vector<LaneCost> costs;
        for (const auto& lane : lanes_) {
            costs.push_back(lane->cost);
        }
        return costs;
    }

    void rebase(Duration jump) override {
        jumped_ += jump;
        if (together_at_) {
            *together_at_ += jump;
        }
        for (const auto& question : book_.questions()) {
            question->rebase(jump);
        }
    }

private:
    // Forgets what was refused, and lays out lanes anew.
    void bring_together() {
        for (const auto& question : book_.questions()) {
            question->most_together = Question::usual_company;
        }
        together_at_.reset();
        lay_out();
    }

    // Lanes that stay keep how they are.
    void lay_out() {
        std::unordered_map<std::string, std::shared_ptr<Lane>> before;
        for (const auto& lane : lanes_) {
            lane->is_in_force = false;
            before.emplace(lane->query(), lane);
        }
        count_ = {};
        lanes_ = lanes_for(book_.questions());
        for (auto& lane : lanes_) {
            const auto same = before.find(lane->query());
            if (same != before.end() && same->second->questions() == lane->questions()) {
                lane = same->second;
            }
            put_in_force(*lane);
        }
    }

    static std::vector<std::shared_ptr<Lane>> lanes_for(const Lane::Questions& questions) {
        std::vector<GroupMember> members;
        for (const auto& question : questions) {
            members.push_back(
                {.expression = &question->expression(), .most_together = question->company()});
        }
        std::vector<std::shared_ptr<Lane>> lanes;
        for (QueryGroup& group : group_queries(members)) {
            Lane::Questions together;
            for (const std::size_t member : group.members) {
                together.push_back(questions[member]);
            }
            lanes.push_back(std::make_shared<Lane>(std::move(together), std::move(group)));
        }
        return lanes;
    }

    void put_in_force(Lane& lane) {
        lane.is_in_force = true;
        count_.add(lane.state);
    }

    boost::asio::awaitable<Fetched> ask(std::shared_ptr<Lane> lane,
                                        TimePoint now,
                                        Deadline deadline) {
        const Duration jumped_before = jumped_;
        Fetched fetched;
        fetched.requests = 0;
        lane->is_hurried = false;
        const Haul haul = co_await haul_in(*lane, deadline, fetched);
        const TimePoint begun = now + (jumped_ - jumped_before);
        take_in(*lane, haul, begun, fetched);
        lane->cost.bytes = fetched.bytes;
        lane->cost.samples = fetched.samples;
        lane->cost.requests = fetched.requests;
        // Told in the same turn: whoever drives the lanes must not ask for one that is gone.
        if (together_at_ && begun >= *together_at_) {
            bring_together();
            fetched.lanes_changed = true;
        }
        co_return fetched;
    }

    // Value and age are of one server: where the second question finds it gone, both are asked
    // anew of another one.
    boost::asio::awaitable<Haul> haul_in(const Lane& lane, Deadline deadline, Fetched& fetched) {
        Haul haul;
        for (bool is_last = spec_.servers < 2;; is_last = true) {
            haul.stamps.reset();
            haul.values = co_await client_.ask(lane.query(), std::nullopt, std::nullopt, deadline);
            add_up(haul.values, fetched);
            if (!haul.values.answer || !lane.is_worth_dating(*haul.values.answer)) {
                break;
            }
            haul.stamps = co_await client_.ask(
                lane.companion(), haul.values.answer->evaluated, haul.values.server, deadline);
            add_up(*haul.stamps, fetched);
            if (haul.stamps->answer || !haul.stamps->is_lost || is_last) {
                break;
            }
        }
        co_return haul;
    }

    static void add_up(const PromqlClient::Asked& asked, Fetched& fetched) {
        fetched.bytes += asked.bytes;
        fetched.requests += asked.requests;
        fetched.samples += asked.answer ? asked.answer->elements.size() : 0U;
    }

    void take_in(Lane& lane, const Haul& haul, TimePoint begun, Fetched& fetched) {
        const bool is_dated = haul.stamps && haul.stamps->answer;
        const ApiAnswer* stamps = is_dated ? &*haul.stamps->answer : nullptr;
        Lane::State state{.is_silent = (haul.stamps ? *haul.stamps : haul.values).is_silent};
        if (!haul.values.answer) {
            state.is_warned = lane.state.is_warned;
            note(lane, state, haul.values.answer.error(), fetched);
            miss(lane, haul.values.is_refused, begun, fetched);
            return;
        }
        server_ = haul.values.server;
        const ApiAnswer& values = *haul.values.answer;
        const Status given = lane.give(values, stamps, {.at = begun, .server = server_});
        if (!given) {
            note(lane, state, given.error(), fetched);
            miss(lane, true, begun, fetched);
            return;
        }
        add_warnings(values, fetched.warning);
        lane.cost.samples_read = values.samples_read;
        if (is_dated) {
            add_warnings(*stamps, fetched.warning);
            lane.cost.samples_read += stamps->samples_read;
        }
        warn(lane, state, fetched.warning);
        settle(lane, state);
        if (haul.stamps && !is_dated) {
            note(lane, state, age_unknown(haul.stamps->answer.error()), fetched);
            miss(lane, haul.stamps->is_refused, begun, fetched);
        }
    }

    // What was refused in company is asked again at once in less of it: it has not failed yet.
    void miss(Lane& lane, bool is_refused, TimePoint now, Fetched& fetched) {
        if (is_refused && lane.questions().size() > 1) {
            cut(lane, now);
            fetched.lanes_changed = true;
            return;
        }
        for (const auto& question : lane.questions()) {
            question->fail();
        }
    }

    // The other lanes keep their numbers: the first half takes the place of the whole.
    void cut(Lane& lane, TimePoint now) {
        const auto place = std::find_if(
            lanes_.begin(), lanes_.end(), [&lane](const auto& one) { return one.get() == &lane; });
        if (place == lanes_.end()) {
            return;
        }
        for (const auto& question : lane.questions()) {
            question->most_together = lane.questions().size() / 2;
        }
        lane.is_in_force = false;
        count_.remove(lane.state);
        auto parts = lanes_for(lane.questions());
        for (const auto& part : parts) {
            part->is_hurried = true;
            put_in_force(*part);
        }
        *place = parts.front();
        lanes_.insert(lanes_.end(), parts.begin() + 1, parts.end());
        if (!together_at_) {
            together_at_ = now + pause_;
            pause_ = std::min(pause_ * 2, longest_pause);
        }
    }

    void note(Lane& lane, Lane::State state, Error error, Fetched& fetched) {
        error = std::move(error).within("querying \"" + lane.shown() + "\"");
        last_failure_ = error.message;
        state.is_failing = true;
        settle(lane, state);
        fetched.status = fail(std::move(error));
    }

    void warn(Lane& lane, Lane::State& state, const std::string& warning) {
        state.is_warned = !warning.empty();
        for (const auto& question : lane.questions()) {
            question->is_partial(state.is_warned);
        }
        if (state.is_warned) {
            last_warning_ = "querying \"" + lane.shown() + "\": the server warns: " + warning;
        }
    }

    void settle(Lane& lane, const Lane::State& state) {
        if (lane.is_in_force) {
            count_.remove(lane.state);
            count_.add(state);
        }
        lane.state = state;
    }

    PrometheusSpec spec_;
    PromqlClient client_;
    QuestionBook book_;
    std::vector<std::shared_ptr<Lane>> lanes_;
    Count count_;
    std::size_t server_ = 0;  ///< which answered last
    std::string last_failure_;
    std::string last_warning_;
    std::optional<TimePoint> together_at_;  ///< when refused company is tried again
    Duration pause_ = usual_pause;
    Duration jumped_{};  ///< the sum of all wall-clock jumps
};

}  // namespace

std::unique_ptr<Source> make_source(PrometheusSpec spec, Transport& transport) {
    return std::make_unique<PrometheusSource>(std::move(spec), transport);
}

}  // namespace tided::metrics
