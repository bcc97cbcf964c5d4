#include "metrics/promql_api.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>
#include <utility>

#include <boost/json.hpp>

#include "metrics/number.h"
#include "metrics/utf8.h"

namespace tided::metrics {
namespace {

namespace json = boost::json;

constexpr std::size_t longest_url_query = 2048;
constexpr std::string_view path = "/api/v1/query";

void append_encoded(std::string& out, std::string_view text) {
    static constexpr std::string_view unreserved =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (const char c : text) {
        if (unreserved.find(c) != std::string_view::npos) {
            out += c;
        } else {
            std::array<char, 4> escape{};
            std::snprintf(
                escape.data(), escape.size(), "%%%02X", unsigned{static_cast<unsigned char>(c)});
            out += escape.data();
        }
    }
}

std::string seconds_text(Duration since_epoch) {
    std::array<char, 32> text{};
    const auto ms = since_epoch.count();
    std::snprintf(text.data(),
                  text.size(),
                  "%s%lld.%03lld",
                  ms < 0 ? "-" : "",
                  static_cast<long long>(std::abs(ms) / 1000),
                  static_cast<long long>(std::abs(ms) % 1000));
    return text.data();
}

// The start of a foreign text, on one line and in valid UTF-8, for a message.
std::string one_line(std::string_view text, std::size_t longest) {
    std::string line;
    for (const char c : text.substr(0, std::min(longest, valid_utf8_prefix(text)))) {
        const bool is_control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
        line += is_control ? ' ' : c;
    }
    line.resize(valid_utf8_prefix(line));
    return text.size() > line.size() ? line + "…" : line;
}

std::string glimpse(std::string_view body) {
    static constexpr std::size_t longest = 60;
    return "\"" + one_line(body, longest) + "\"";
}

tl::unexpected<Error> corrupt(std::string what) {
    return fail(ErrorCode::corrupt, "the answer is no Prometheus API answer: " + std::move(what));
}

// A string member, fit for a message; "" when there is none.
std::string string_at(const json::object& object, std::string_view key) {
    static constexpr std::size_t longest = 500;
    const json::value* found = object.if_contains(json::string_view{key.data(), key.size()});
    const json::string* text = found != nullptr ? found->if_string() : nullptr;
    return text != nullptr ? one_line({text->data(), text->size()}, longest) : std::string{};
}

ErrorCode code_of(int status, std::string_view error_type) {
    switch (status) {
        case 400:
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

Result<ApiElement> read_element(const json::value& value, std::optional<TimePoint>& evaluated) {
    const json::object* element = value.if_object();
    const json::value* metric = element != nullptr ? element->if_contains("metric") : nullptr;
    if (metric == nullptr || !metric->is_object()) {
        return corrupt("expected an element with \"metric\"");
    }
    if (element->contains("histogram")) {
        return fail(ErrorCode::unsupported,
                    "the expression gives native histograms, a number is needed");
    }
    ApiElement read;
    for (const auto& [name, label] : metric->get_object()) {
        if (!label.is_string()) {
            return corrupt("expected labels to be strings");
        }
        read.labels.push_back({.name = {name.data(), name.size()},
                               .value = {label.get_string().data(), label.get_string().size()}});
    }
    read.labels = normalised(std::move(read.labels));
    const auto point = read_point(element->if_contains("value"));
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

Status read_data(const json::object& body, ApiAnswer& answer) {
    const json::value* data = body.if_contains("data");
    if (data == nullptr || !data->is_object()) {
        return corrupt("expected \"data\"");
    }
    const std::string type = string_at(data->get_object(), "resultType");
    const json::value* result = data->get_object().if_contains("result");
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

std::vector<std::string> read_warnings(const json::object& answer) {
    std::vector<std::string> warnings;
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

}  // namespace

Get instant_query(std::string_view expression, std::optional<TimePoint> at, Duration timeout) {
    std::string form = "query=";
    append_encoded(form, expression);
    if (at) {
        form += "&time=" + seconds_text(at->time_since_epoch());
    }
    form += "&timeout=" + std::to_string(timeout.count()) + "ms";
    Get get{.url = std::string{path}, .accept = "application/json", .headers = {}, .body = {}};
    if (form.size() <= longest_url_query) {
        get.url += "?" + form;
    } else {
        get.body = std::move(form);
    }
    return get;
}

Result<ApiAnswer> parse_instant_answer(const Page& page) {
    json::error_code error;
    const json::value parsed = json::parse(page.body, error);
    const json::object* answer = error ? nullptr : parsed.if_object();
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
    ApiAnswer read{.elements = {}, .warnings = read_warnings(*answer), .evaluated = {}};
    if (Status data = read_data(*answer, read); !data) {
        return fail(std::move(data).error());
    }
    return read;
}

}  // namespace tided::metrics
