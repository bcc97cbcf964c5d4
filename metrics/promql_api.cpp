#include "metrics/promql_api.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

namespace tided::metrics {
namespace {

constexpr std::size_t longest_url_query = 2048;

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

std::string query_form(std::string_view expression) {
    std::string form = "query=";
    append_encoded(form, expression);
    return form;
}

// VictoriaMetrics answers from half a minute ago unless it is told not to use its cache. The
// statistics cost a server nothing and say what a query costs it.
Get request(std::string_view path, std::string form, Duration timeout) {
    form += "&timeout=" + std::to_string(timeout.count()) + "ms&nocache=1&stats=1";
    Get get{.url = std::string{path},
            .accept = "application/json",
            .headers = {},
            .body = std::move(form),
            .server = {}};
    if (get.body.size() <= longest_url_query) {
        put_in_url(get);
    }
    return get;
}

}  // namespace

Get instant_query(std::string_view expression, std::optional<TimePoint> at, Duration timeout) {
    std::string form = query_form(expression);
    if (at) {
        form += "&time=" + seconds_text(at->time_since_epoch());
    }
    return request("/api/v1/query", std::move(form), timeout);
}

Result<Get> range_query(std::string_view expression, const RangeSteps& steps, Duration timeout) {
    if (steps.step <= Duration{} || steps.end < steps.start) {
        return fail(ErrorCode::invalid_input,
                    "a range query needs a step above 0 and an end not before its start");
    }
    if (steps.points() > most_range_points) {
        return fail(ErrorCode::invalid_input,
                    "a range query may have " + std::to_string(most_range_points) +
                        " points per series, this one has " + std::to_string(steps.points()) +
                        ": make the step longer");
    }
    std::string form = query_form(expression);
    form += "&start=" + seconds_text(steps.start.time_since_epoch());
    form += "&end=" + seconds_text(steps.end.time_since_epoch());
    form += "&step=" + seconds_text(steps.step);
    return request("/api/v1/query_range", std::move(form), timeout);
}

void put_in_url(Get& request) {
    if (!request.body.empty()) {
        request.url += "?" + request.body;
        request.body.clear();
    }
}

}  // namespace tided::metrics
