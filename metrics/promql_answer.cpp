// The reading side of metrics/promql_api.h: what a server, or whatever answers in its place, said.
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include <boost/json.hpp>

#include "metrics/excerpt.h"
#include "metrics/number.h"
#include "metrics/promql_api.h"

namespace tided::metrics {
namespace {

namespace json = boost::json;

std::string glimpse(std::string_view body) {
    static constexpr std::size_t longest = 60;
    return "\"" + excerpt(body, longest) + "\"";
}

tl::unexpected<Error> corrupt(std::string what) {
    return fail(ErrorCode::corrupt, "the answer is no Prometheus API answer: " + std::move(what));
}

// A string member, fit for a message; "" when there is none.
std::string string_at(const json::object& object, std::string_view key) {
    static constexpr std::size_t longest = 500;
    const json::value* found = object.if_contains(json::string_view{key.data(), key.size()});
    const json::string* text = found != nullptr ? found->if_string() : nullptr;
    return text != nullptr ? excerpt({text->data(), text->size()}, longest) : std::string{};
}

ErrorCode code_of(int status, std::string_view error_type) {
    switch (status) {
        case 400:
        case 413:
        case 414:
        case 422:
            return ErrorCode::invalid_input;
        case 401:
            return ErrorCode::unauthenticated;
        case 403:
            return ErrorCode::forbidden;
        case 404:
            return ErrorCode::not_found;
        case 429:
            return ErrorCode::throttled;
        default:
            break;
    }
    if (error_type == "timeout" || error_type == "canceled") {
        return ErrorCode::timed_out;
    }
    if (error_type == "bad_data" || error_type == "execution") {
        return ErrorCode::invalid_input;
    }
    return status >= 500 || status == 200 ? ErrorCode::unavailable : ErrorCode::corrupt;
}

tl::unexpected<Error> refusal(int status, const json::object& answer) {
    const std::string error_type = string_at(answer, "errorType");
    const std::string message = string_at(answer, "error");
    return fail(code_of(status, error_type),
                "the server answers " + std::to_string(status) + ": " +
                    (error_type.empty() ? "" : error_type + ": ") +
                    (message.empty() ? "without saying why" : message));
}

// An answer that is not the API's own: a proxy's page, another program, half a body.
tl::unexpected<Error> foreign(const Page& page) {
    if (page.status == 200) {
        return corrupt("expected JSON, got " +
                       (page.body.empty() ? "an empty body" : glimpse(page.body)));
    }
    return fail(code_of(page.status, {}),
                "the server answers " + std::to_string(page.status) +
                    (page.body.empty() ? "" : ": " + glimpse(page.body)));
}

struct Point {
    TimePoint at{};
    double value = 0.0;
};

// [1435781451.781, "1"]
std::optional<Point> read_point(const json::value* point) {
    const json::array* pair = point != nullptr ? point->if_array() : nullptr;
    if (pair == nullptr || pair->size() != 2 || !pair->at(0).is_number()) {
        return std::nullopt;
    }
    const json::string* text = pair->at(1).if_string();
    const auto value = text != nullptr ? parse_number({text->data(), text->size()}) : std::nullopt;
    const auto seconds = pair->at(0).to_number<double>();
    static constexpr double last_second = 9e12;
    if (!value || !(std::abs(seconds) < last_second)) {
        return std::nullopt;
    }
    return Point{.at = from_unix_seconds(seconds), .value = *value};
}

Result<Labels> read_labels(const json::value& value) {
    const json::object* element = value.if_object();
    const json::value* metric = element != nullptr ? element->if_contains("metric") : nullptr;
    if (metric == nullptr || !metric->is_object()) {
        return corrupt("expected an element with \"metric\"");
    }
    if (element->contains("histogram") || element->contains("histograms")) {
        return fail(ErrorCode::unsupported,
                    "the expression gives native histograms, a number is needed");
    }
    Labels labels;
    for (const auto& [name, label] : metric->get_object()) {
        if (!label.is_string()) {
            return corrupt("expected labels to be strings");
        }
        labels.push_back({.name = {name.data(), name.size()},
                          .value = {label.get_string().data(), label.get_string().size()}});
    }
    return normalised(std::move(labels));
}

Result<ApiElement> read_element(const json::value& value, std::optional<TimePoint>& evaluated) {
    auto labels = read_labels(value);
    if (!labels) {
        return fail(std::move(labels).error());
    }
    ApiElement read{.labels = *std::move(labels)};
    const auto point = read_point(value.get_object().if_contains("value"));
    if (!point) {
        return corrupt("expected \"value\" to be [seconds, \"number\"]");
    }
    read.value = point->value;
    evaluated = point->at;
    return read;
}

Status read_vector(const json::value* result, ApiAnswer& answer) {
    const json::array* list = result != nullptr ? result->if_array() : nullptr;
    if (list == nullptr) {
        return corrupt("expected a list of elements");
    }
    for (const json::value& value : *list) {
        auto element = read_element(value, answer.evaluated);
        if (!element) {
            return fail(std::move(element).error());
        }
        answer.elements.push_back(*std::move(element));
    }
    return {};
}

Result<ApiSeries> read_series(const json::value& value) {
    auto labels = read_labels(value);
    if (!labels) {
        return fail(std::move(labels).error());
    }
    ApiSeries read{.labels = *std::move(labels), .samples = {}};
    const json::value* values = value.get_object().if_contains("values");
    const json::array* list = values != nullptr ? values->if_array() : nullptr;
    if (list == nullptr || list->size() > most_range_points) {
        return corrupt("expected \"values\" to be a list of at most " +
                       std::to_string(most_range_points));
    }
    for (const json::value& pair : *list) {
        const auto point = read_point(&pair);
        if (!point || (!read.samples.empty() && point->at <= read.samples.back().at)) {
            return corrupt("expected \"values\" to be [seconds, \"number\"] in order of time");
        }
        read.samples.push_back({.at = point->at, .value = point->value});
    }
    return read;
}

Status read_instant(const std::string& type, const json::value* result, ApiAnswer& answer) {
    if (type == "vector") {
        return read_vector(result, answer);
    }
    if (type == "scalar") {
        const auto point = read_point(result);
        if (!point) {
            return corrupt("expected a scalar to be [seconds, \"number\"]");
        }
        answer.elements.push_back({.labels = {}, .value = point->value});
        answer.evaluated = point->at;
        return {};
    }
    if (type == "matrix" || type == "string") {
        return fail(ErrorCode::invalid_input,
                    "the expression gives a " + type + ", an instant vector or a scalar is needed");
    }
    return corrupt("expected \"resultType\" vector or scalar, got \"" + type + "\"");
}

// {"stats":{"samples":{"totalQueryableSamples":7}}}: of servers that keep such an account.
std::uint64_t read_cost(const json::object& data) {
    const json::value* at = data.if_contains("stats");
    for (const char* key : {"samples", "totalQueryableSamples"}) {
        at = at != nullptr && at->is_object() ? at->get_object().if_contains(key) : nullptr;
    }
    const std::int64_t* count = at != nullptr ? at->if_int64() : nullptr;
    return count != nullptr && *count > 0 ? static_cast<std::uint64_t>(*count) : 0;
}

std::vector<std::string> read_warnings(const json::object& answer) {
    std::vector<std::string> warnings;
    // A cluster of VictoriaMetrics with a storage node that does not answer.
    const json::value* partial = answer.if_contains("isPartial");
    if (partial != nullptr && partial->is_bool() && partial->get_bool()) {
        warnings.emplace_back("the server calls its answer partial");
    }
    const json::value* found = answer.if_contains("warnings");
    if (found == nullptr || !found->is_array()) {
        return warnings;
    }
    for (const json::value& warning : found->get_array()) {
        if (const json::string* text = warning.if_string()) {
            warnings.emplace_back(text->data(), text->size());
        }
    }
    return warnings;
}

/// The "data" of an answer that says success.
Result<json::object> read_success(const Page& page, std::vector<std::string>& warnings) {
    json::error_code error;
    json::value parsed = json::parse(page.body, error);
    json::object* answer = error ? nullptr : parsed.if_object();
    const std::string status = answer != nullptr ? string_at(*answer, "status") : std::string{};
    if (status == "error") {
        return refusal(page.status, *answer);
    }
    if (page.status != 200 || answer == nullptr) {
        return foreign(page);
    }
    if (status != "success") {
        return corrupt("expected \"status\" success or error, got \"" + status + "\"");
    }
    warnings = read_warnings(*answer);
    json::value* data = answer->if_contains("data");
    if (data == nullptr || !data->is_object()) {
        return corrupt("expected \"data\"");
    }
    return std::move(data->get_object());
}

}  // namespace

Result<ApiAnswer> parse_instant_answer(const Page& page) {
    ApiAnswer answer;
    const auto data = read_success(page, answer.warnings);
    if (!data) {
        return fail(data.error());
    }
    answer.samples_read = read_cost(*data);
    const Status read =
        read_instant(string_at(*data, "resultType"), data->if_contains("result"), answer);
    if (!read) {
        return fail(read.error());
    }
    return answer;
}

Result<ApiRange> parse_range_answer(const Page& page) {
    ApiRange answer;
    const auto data = read_success(page, answer.warnings);
    if (!data) {
        return fail(data.error());
    }
    const std::string type = string_at(*data, "resultType");
    const json::value* result = data->if_contains("result");
    if (type != "matrix" || result == nullptr || !result->is_array()) {
        return corrupt("expected a matrix, got \"" + type + "\"");
    }
    for (const json::value& value : result->get_array()) {
        auto series = read_series(value);
        if (!series) {
            return fail(std::move(series).error());
        }
        answer.series.push_back(*std::move(series));
    }
    return answer;
}

}  // namespace tided::metrics
