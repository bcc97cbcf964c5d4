// tided query: the embedded PromQL over a file of OpenMetrics text with timestamps.
#include <algorithm>
#include <cstdio>
#include <limits>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "daemon/commands/commands.h"
#include "daemon/commands/input.h"
#include "metrics/query_command.h"
#include "policy/vocab/units.h"

namespace tided::daemon {
namespace {

struct QueryOptions {
    std::string expression;
    std::string data;
    std::string dialect = "3";
    std::string time;
    std::string lookback = "5m";
    std::string start;
    std::string end;
    std::string step;
};

/// The newest sample of all: what is asked of a file is asked of its end.
TimePoint end_of(const metrics::Store& store) {
    TimePoint newest{};
    for (const metrics::SeriesId id : store.find({})) {
        if (const auto sample = store.latest(id, TimePoint::max())) {
            newest = std::max(newest, sample->at);
        }
    }
    return newest;
}

Result<metrics::QueryRequest> request_of(const QueryOptions& options, const metrics::Store& store) {
    metrics::QueryRequest request;
    request.expression = options.expression;
    request.options.dialect = options.dialect == "2" ? metrics::promql::Dialect::prometheus_2
                                                     : metrics::promql::Dialect::prometheus_3;
    const Result<Duration> lookback = parse_duration(options.lookback);
    const Result<TimePoint> time = options.time.empty() ? Result<TimePoint>{end_of(store)}
                                                        : metrics::parse_query_time(options.time);
    if (!lookback || !time) {
        return fail(lookback ? time.error() : lookback.error());
    }
    request.options.lookback = *lookback;
    request.time = *time;
    if (options.step.empty()) {
        return request;
    }
    const Result<TimePoint> start = metrics::parse_query_time(options.start);
    const Result<TimePoint> end = metrics::parse_query_time(options.end);
    const Result<Duration> step = metrics::parse_query_step(options.step);
    if (!start || !end || !step) {
        return fail(!start ? start.error() : !end ? end.error() : step.error());
    }
    request.steps = {.start = *start, .end = *end, .step = *step};
    return request;
}

int run_query(const QueryOptions& options) {
    const Result<std::string> text = read_input(options.data);
    if (!text) {
        std::fprintf(stderr, "tided: %s\n", text.error().message.c_str());
        return exit_failure;
    }
    metrics::Store store;
    if (const Status loaded = metrics::load_samples(*text, options.data, store); !loaded) {
        std::fprintf(stderr, "%s\n", loaded.error().message.c_str());
        return exit_invalid;
    }
    const Result<metrics::QueryRequest> request = request_of(options, store);
    if (!request) {
        std::fprintf(stderr, "tided: %s\n", request.error().message.c_str());
        return exit_invalid;
    }
    const metrics::QueryAnswer answer = metrics::answer_query(*request, store);
    std::printf("%s\n", answer.json.c_str());
    return answer.is_error ? exit_invalid : 0;
}

}  // namespace

Runner declare_query(CLI::App& app) {
    auto options = std::make_shared<QueryOptions>();
    app.add_option(
           "--data", options->data, "OpenMetrics text with timestamps, - for standard input")
        ->required();
    app.add_option("--promql", options->dialect, "Dialect: 2 (Prometheus 2.42) or 3")
        ->check(CLI::IsMember({"2", "3"}))
        ->capture_default_str();
    app.add_option("--time", options->time, "Evaluation instant (default: the newest sample's)");
    app.add_option("--lookback", options->lookback, "How far back a sample counts")
        ->capture_default_str();
    auto* start = app.add_option("--start", options->start, "First instant of a range query");
    auto* end = app.add_option("--end", options->end, "Its last instant");
    auto* step = app.add_option("--step", options->step, "Its step (15s, or seconds)");
    start->needs(end)->needs(step);
    end->needs(start);
    step->needs(start);
    app.add_option("expression", options->expression, "PromQL")->required();
    return [options] { return run_query(*options); };
}

}  // namespace tided::daemon
