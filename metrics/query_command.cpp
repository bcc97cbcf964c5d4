#include "metrics/query_command.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "metrics/number.h"
#include "metrics/page_dump.h"
#include "metrics/page_parser.h"
#include "metrics/promql/literals.h"
#include "metrics/promql/parser.h"
#include "metrics/promql/support.h"
#include "metrics/query_answer.h"

namespace tided::metrics {
namespace {

using Series = std::map<Labels, std::vector<Sample>>;

// The parser says neither line nor column of a right sample: the place is found by its text.
Error without_timestamp(std::string_view text, const PageParser& parser, std::string_view file) {
    const auto offset = static_cast<std::size_t>(parser.key().data() - text.data());
    return {.code = ErrorCode::corrupt,
            .message = std::string{file} + ":" + promql::position_prefix(text, offset) +
                       "error: expected a timestamp for series " + to_string(parser.labels()) +
                       ", got none"};
}

Result<Series> read_series(std::string_view text, std::string_view file_name) {
    Series series;
    const auto parser = make_parser(Format::openmetrics, text);
    for (;;) {
        const auto entry = parser->next();
        if (!entry) {
            return fail(located(entry.error(), file_name));
        }
        if (*entry == Entry::eof) {
            return series;
        }
        if (*entry != Entry::series) {
            continue;
        }
        if (!parser->timestamp_ms()) {
            return fail(without_timestamp(text, *parser, file_name));
        }
        series[parser->labels()].push_back(
            {.at = TimePoint{Duration{*parser->timestamp_ms()}}, .value = parser->value()});
    }
}

// The answers of an instant query at every step, put together by series.
class Collected {
public:
    void add(const promql::Value& value, TimePoint at) {
        if (const auto* number = std::get_if<double>(&value)) {
            series_[{}].push_back({at, *number});
            return;
        }
        for (const promql::Element& element : std::get<promql::Vector>(value)) {
            series_[element.labels].push_back({at, element.value});
        }
    }

    [[nodiscard]] promql::Matrix matrix() && {
        promql::Matrix matrix;
        for (auto& [labels, samples] : series_) {
            matrix.push_back({.labels = labels, .samples = std::move(samples)});
        }
        return matrix;
    }

private:
    Series series_;
};

QueryAnswer bad_data(std::string_view message) {
    return {.json = error_answer("bad_data", message), .is_error = true};
}

QueryAnswer execution_failed(std::string_view message) {
    return {.json = error_answer("execution", message), .is_error = true};
}

QueryAnswer answer_steps(promql::Evaluator& evaluator,
                         const QueryRequest::Steps& steps,
                         const Store& store) {
    static constexpr std::int64_t most_points = 11'000;
    const promql::ValueType type = evaluator.expression().root->type;
    if (type != promql::ValueType::scalar && type != promql::ValueType::vector) {
        return bad_data("invalid expression type \"" + std::string{to_string(type)} +
                        "\" for range query, must be scalar or instant vector");
    }
    if (steps.step <= Duration{}) {
        return bad_data("zero or negative query resolution step widths are not accepted");
    }
    if (steps.end < steps.start) {
        return bad_data("end timestamp must not be before start time");
    }
    if ((steps.end - steps.start) / steps.step > most_points) {
        return bad_data("exceeded maximum resolution of 11,000 points per timeseries");
    }
    const promql::Bounds bounds{.start = steps.start, .end = steps.end, .step = steps.step};
    Collected collected;
    for (TimePoint at = steps.start; at <= steps.end; at += steps.step) {
        const auto value = evaluator.at(store, at, bounds);
        if (!value) {
            return execution_failed(value.error().message);
        }
        collected.add(*value, at);
    }
    return {.json = success_answer(std::move(collected).matrix(), steps.end), .is_error = false};
}

}  // namespace

Status load_samples(std::string_view text, std::string_view file_name, Store& store) {
    auto series = read_series(text, file_name);
    if (!series) {
        return fail(std::move(series).error());
    }
    store.keep(Duration{std::numeric_limits<Duration::rep>::max() / 4});
    for (auto& [labels, samples] : *series) {
        std::stable_sort(samples.begin(), samples.end(), [](const Sample& a, const Sample& b) {
            return a.at < b.at;
        });
        const auto id = store.intern(labels);
        if (!id) {
            return fail(id.error());
        }
        for (const Sample& sample : samples) {
            store.append(*id, sample.at, sample.value);
        }
    }
    return {};
}

QueryAnswer answer_query(const QueryRequest& request, const Store& store) {
    auto expression = promql::parse(request.expression, request.options.dialect);
    if (!expression) {
        return bad_data(expression.error().message);
    }
    if (const auto supported = promql::check_supported(*expression); !supported) {
        return bad_data(supported.error().message);
    }
    promql::Evaluator evaluator{*std::move(expression), request.options};
    if (request.steps) {
        return answer_steps(evaluator, *request.steps, store);
    }
    const auto value = evaluator.at(store, request.time);
    if (!value) {
        return execution_failed(value.error().message);
    }
    return {.json = success_answer(*value, request.time), .is_error = false};
}

Result<TimePoint> parse_query_time(std::string_view text) {
    static constexpr double last_second = 9e12;
    if (const auto seconds = parse_number(text); seconds && std::fabs(*seconds) < last_second) {
        return from_unix_seconds(*seconds);
    }
    if (const auto instant = parse_rfc3339(text)) {
        return *instant;
    }
    return fail(ErrorCode::invalid_input,
                "cannot parse \"" + std::string{text} +
                    "\" to a valid timestamp: expected seconds since 1970 or RFC 3339");
}

Result<Duration> parse_query_step(std::string_view text) {
    static constexpr double longest = 9e12;
    if (const auto seconds = parse_number(text); seconds && std::fabs(*seconds) < longest) {
        return Duration{std::llround(*seconds * 1000.0)};
    }
    if (const auto duration = promql::read_duration(text)) {
        return *duration;
    }
    return fail(
        ErrorCode::invalid_input,
        "cannot parse \"" + std::string{text} + "\" to a valid duration: expected seconds or 15s");
}

}  // namespace tided::metrics
