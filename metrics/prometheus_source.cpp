// The source type = "prometheus": a lane per distinct query, so that policies that ask the same
// share one request. A lane asks twice: for the value at the server's present, and for the age of
// the samples behind it at that same instant (metrics/sample_age.h). Both instants are the
// server's, so that a clock of ours that is wrong reads neither the past as present nor ages amiss.
// A lane that fails keeps its last value, which ages as any other and turns stale at max_age; five
// minutes after that it is given up. A value that the server warns of ("partial response") may be a
// part of the truth: it is stale whatever its age.
#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "metrics/phase.h"
#include "metrics/promql/parser.h"
#include "metrics/promql_api.h"
#include "metrics/sample_age.h"
#include "metrics/sources.h"

namespace tided::metrics {
namespace {

constexpr Duration given_up_after = std::chrono::minutes{5};

struct Kept {
    double value = 0.0;
    TimePoint evaluated;
    std::optional<TimePoint> sampled;  ///< unknown when empty
};

struct Lane {
    std::string expression;
    SampleAge age;
    std::optional<Kept> kept;
    Absence absence = Absence::never_seen;  ///< why nothing is kept
    std::string failure;                    ///< of the last fetch; "" when it succeeded
    std::string warning;                    ///< of the server, with the last answer
    bool is_silent = false;                 ///< to the last fetch no answer came at all
};

std::string shortened(const std::string& expression) {
    static constexpr std::size_t longest = 80;
    return expression.size() <= longest ? expression : expression.substr(0, longest) + "…";
}

class PrometheusSource final : public Source {
public:
    PrometheusSource(PrometheusSpec spec, Transport& transport)
        : spec_(std::move(spec)), transport_(transport) {}

    Status demand(std::vector<Query> queries) override {
        std::vector<std::shared_ptr<Lane>> lanes;
        std::vector<std::size_t> lane_of_query;
        for (const Query& query : queries) {
            auto lane = find(lanes, query.expression);
            if (!lane) {
                auto made = make_lane(query.expression);
                if (!made) {
                    return fail(std::move(made).error());
                }
                lane = lanes.size();
                lanes.push_back(*std::move(made));
            }
            lane_of_query.push_back(*lane);
        }
        queries_ = std::move(queries);
        lanes_ = std::move(lanes);
        lane_of_query_ = std::move(lane_of_query);
        return {};
    }

    [[nodiscard]] std::size_t lanes() const override { return lanes_.size(); }

    [[nodiscard]] TimePoint next(std::size_t lane, TimePoint after) const override {
        const Duration phase = phase_of(lanes_.at(lane)->expression, spec_.name, spec_.interval);
        return next_instant(after, spec_.interval, phase);
    }

    [[nodiscard]] boost::asio::awaitable<Fetched> fetch(std::size_t lane,
                                                        TimePoint now,
                                                        Deadline deadline) override {
        // The lane lives on through a demand() that drops it meanwhile.
        return ask(lanes_.at(lane), now, deadline);
    }

    [[nodiscard]] Duration timeout() const override { return spec_.timeout; }

    [[nodiscard]] Reading read(std::size_t index, TimePoint now) override {
        const Lane& lane = *lanes_.at(lane_of_query_.at(index));
        const Duration max_age = queries_.at(index).max_age;
        if (!lane.kept) {
            return Reading::absent(lane.failure.empty() ? lane.absence : Absence::source_failed);
        }
        const Duration age = age_of(lane, now, max_age);
        if (!lane.failure.empty() && age > max_age + given_up_after) {
            return Reading::absent(Absence::source_failed);
        }
        Reading reading = Reading::of(lane.kept->value, age, max_age);
        if (!lane.warning.empty()) {
            reading.freshness = Freshness::stale;
        }
        return reading;
    }

    [[nodiscard]] SourceHealth health() const override {
        SourceHealth health{.lanes = lanes_.size()};
        bool is_warned = false;
        for (const auto& lane : lanes_) {
            health.failing += lane->failure.empty() ? 0U : 1U;
            health.silent += lane->is_silent ? 1U : 0U;
            is_warned = is_warned || !lane->warning.empty();
        }
        if (health.failing > 0) {
            health.last_error = last_failure_;
        } else if (is_warned) {
            health.last_error = last_warning_;
        }
        return health;
    }

    void rebase(Duration jump) override {
        jumped_ += jump;
        for (const auto& lane : lanes_) {
            lane->age.rebase(jump);
            if (lane->kept) {
                lane->kept->evaluated += jump;
                if (lane->kept->sampled) {
                    *lane->kept->sampled += jump;
                }
            }
        }
    }

private:
    using Awaited = boost::asio::awaitable<Result<ApiAnswer>>;

    static std::optional<std::size_t> find(const std::vector<std::shared_ptr<Lane>>& lanes,
                                           const std::string& expression) {
        const auto at = std::find_if(lanes.begin(), lanes.end(), [&](const auto& lane) {
            return lane->expression == expression;
        });
        return at == lanes.end() ? std::nullopt
                                 : std::optional{static_cast<std::size_t>(at - lanes.begin())};
    }

    // The lane of before, with what it knows, or a new one.
    Result<std::shared_ptr<Lane>> make_lane(const std::string& expression) const {
        if (const auto held = find(lanes_, expression)) {
            return lanes_[*held];
        }
        if (auto valid = check_remote_expression(expression, spec_.dialect); !valid) {
            return fail(std::move(valid).error());
        }
        auto parsed = promql::parse(expression, spec_.dialect);
        if (!parsed) {
            return fail(std::move(parsed).error());
        }
        return std::make_shared<Lane>(Lane{.expression = expression,
                                           .age = SampleAge{*std::move(parsed)},
                                           .kept = std::nullopt,
                                           .absence = Absence::never_seen,
                                           .failure = {}});
    }

    boost::asio::awaitable<Fetched> ask(std::shared_ptr<Lane> lane,
                                        TimePoint now,
                                        Deadline deadline) {
        const Duration jumped_before = jumped_;
        Fetched fetched;
        auto value = co_await ask_for(*lane, lane->expression, std::nullopt, deadline, fetched);
        if (!value) {
            note(*lane, fetched, std::move(value).error());
            co_return fetched;
        }
        lane->failure.clear();
        if (is_one_number(*value) && !lane->age.companion().empty()) {
            auto stamps =
                co_await ask_for(*lane, lane->age.companion(), value->evaluated, deadline, fetched);
            if (stamps) {
                const TimePoint begun = now + (jumped_ - jumped_before);
                lane->age.learn(*stamps, begun - value->evaluated.value_or(begun));
            } else {
                note(*lane, fetched, age_unknown(std::move(stamps).error()));
            }
        }
        keep(*lane, *value, now + (jumped_ - jumped_before));
        warn(*lane, fetched.warning);
        co_return fetched;
    }

    Awaited ask_for(Lane& lane,
                    const std::string& expression,
                    std::optional<TimePoint> at,
                    Deadline deadline,
                    Fetched& fetched) {
        auto page = co_await transport_.get(instant_query(expression, at, spec_.timeout), deadline);
        lane.is_silent = !page && is_silence(page.error());
        if (!page) {
            co_return fail(std::move(page).error());
        }
        fetched.bytes += page->body.size();
        auto answer = parse_instant_answer(*page);
        if (answer) {
            fetched.samples += answer->elements.size();
            for (const std::string& warning : answer->warnings) {
                fetched.warning += (fetched.warning.empty() ? "" : "; ") + warning;
            }
        }
        co_return answer;
    }

    // timestamp() drops metric names, and the server minds series that are then alike.
    static Error age_unknown(Error error) {
        if (error.message.find("same labelset") != std::string::npos) {
            error.message += "; give each selector one metric name";
        }
        return std::move(error).within("asking for the age of the samples");
    }

    static bool is_one_number(const ApiAnswer& answer) {
        return answer.elements.size() == 1 && std::isfinite(answer.elements.front().value);
    }

    static void keep(Lane& lane, const ApiAnswer& answer, TimePoint now) {
        lane.kept.reset();
        if (is_one_number(answer)) {
            lane.kept = Kept{.value = answer.elements.front().value,
                             .evaluated = now,
                             .sampled = lane.age.sampled_at(now)};
        } else if (answer.elements.empty()) {
            lane.absence = Absence::no_series;
        } else if (answer.elements.size() > 1) {
            lane.absence = Absence::many_series;
        } else {
            lane.absence = Absence::not_a_number;
        }
    }

    void note(Lane& lane, Fetched& fetched, Error error) {
        error = std::move(error).within("querying \"" + shortened(lane.expression) + "\"");
        lane.failure = error.message;
        last_failure_ = error.message;
        fetched.status = fail(std::move(error));
    }

    void warn(Lane& lane, const std::string& warning) {
        lane.warning = warning;
        if (!warning.empty()) {
            last_warning_ =
                "querying \"" + shortened(lane.expression) + "\": the server warns: " + warning;
        }
    }

    // Where the age is unknown it counts as more than max_age: see metrics/sample_age.h.
    static Duration age_of(const Lane& lane, TimePoint now, Duration max_age) {
        if (lane.kept->sampled) {
            return std::max(now - *lane.kept->sampled, Duration{});
        }
        const Duration unknown = std::max(lane.age.reach(), max_age + std::chrono::seconds{1});
        return unknown + std::max(now - lane.kept->evaluated, Duration{});
    }

    PrometheusSpec spec_;
    Transport& transport_;
    std::vector<Query> queries_;
    std::vector<std::shared_ptr<Lane>> lanes_;
    std::vector<std::size_t> lane_of_query_;
    std::string last_failure_;
    std::string last_warning_;
    Duration jumped_{};  ///< the sum of all wall-clock jumps
};

}  // namespace

std::unique_ptr<Source> make_source(PrometheusSpec spec, Transport& transport) {
    return std::make_unique<PrometheusSource>(std::move(spec), transport);
}

}  // namespace tided::metrics
