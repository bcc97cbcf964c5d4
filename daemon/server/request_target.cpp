#include "daemon/server/request_target.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include <boost/json.hpp>

#include "daemon/config/spelling.h"
#include "daemon/server/instant.h"
#include "metrics/percent.h"
#include "policy/vocab/units.h"

namespace tided::daemon {
namespace {

namespace json = boost::json;

constexpr Duration longest_order = std::chrono::hours{24 * 366};
constexpr Duration usual_approval = std::chrono::hours{1};

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Takes the part before the first `separator` off the front.
std::string_view take_until(std::string_view& rest, char separator) {
    const auto end = rest.find(separator);
    const std::string_view part = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    return part;
}

/// One element of Accept.
struct MediaRange {
    std::string_view type;
    std::string_view version;
    double quality = 1.0;
};

MediaRange parse_range(std::string_view text) {
    MediaRange range{.type = trimmed(take_until(text, ';')), .version = {}};
    while (!text.empty()) {
        std::string_view parameter = trimmed(take_until(text, ';'));
        const std::string_view key = trimmed(take_until(parameter, '='));
        const std::string_view value = trimmed(parameter);
        if (key == "q") {
            const auto end = value.data() + value.size();
            if (std::from_chars(value.data(), end, range.quality).ec != std::errc{}) {
                range.quality = 0.0;
            }
        } else if (key == "version") {
            range.version = value;
        }
    }
    return range;
}

tl::unexpected<Error> wrong(std::string sentence) {
    return fail(ErrorCode::invalid_input, std::move(sentence));
}

/// What an order may say of itself.
struct OrderWords {
    std::string reason{};
    std::optional<TimePoint> until{};
    std::optional<Replicas> to{};
};

/// Which keys besides "reason" an order has.
struct OrderKeys {
    bool ends = false;
    bool counts = false;
    std::string_view names;  ///< all of them, as a sentence lists them
};

Result<std::string> order_text(std::string_view key, const json::value& value) {
    if (!value.is_string()) {
        return wrong("\"" + std::string{key} + "\" must be a string");
    }
    std::string text{value.get_string()};
    if (std::any_of(
            text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; })) {
        return wrong("\"" + std::string{key} + "\" holds a control character");
    }
    return text;
}

Result<TimePoint> order_end(std::string_view key, const std::string& text, TimePoint now) {
    Result<TimePoint> end = parse_instant(text, now);
    if (key == "for") {
        end = parse_duration(text).and_then([&](Duration length) -> Result<TimePoint> {
            return length <= longest_order
                       ? Result<TimePoint>{now + length}
                       : fail(ErrorCode::invalid_input,
                              "'" + text + "' is longer than " + to_string(longest_order));
        });
    }
    if (!end) {
        return wrong("\"" + std::string{key} + "\": " + end.error().message);
    }
    if (*end <= now) {
        return wrong("the order would end before it begins");
    }
    return end;
}

Status read_word(std::string_view key,
                 const json::value& value,
                 const OrderKeys& keys,
                 TimePoint now,
                 OrderWords& words) {
    if (keys.counts && key == "to") {
        if (!value.is_int64() || value.get_int64() < 0 ||
            value.get_int64() > std::numeric_limits<std::int32_t>::max()) {
            return wrong("\"to\" must be a number of replicas");
        }
        words.to = Replicas{static_cast<std::int32_t>(value.get_int64())};
        return {};
    }
    const bool is_end = keys.ends && (key == "until" || key == "for");
    if (key != "reason" && !is_end) {
        return wrong("\"" + std::string{key} + "\" is unknown: expected " +
                     std::string{keys.names});
    }
    const Result<std::string> text = order_text(key, value);
    if (!text) {
        return fail(text.error());
    }
    if (!is_end) {
        words.reason = *text;
        return {};
    }
    if (words.until) {
        return wrong("\"for\" and \"until\" exclude each other");
    }
    const Result<TimePoint> end = order_end(key, *text, now);
    if (!end) {
        return fail(end.error());
    }
    words.until = *end;
    return {};
}

Result<OrderWords> read_order(std::string_view body, const OrderKeys& keys, TimePoint now) {
    if (trimmed(body).empty()) {
        body = "{}";
    }
    json::error_code error;
    const json::value value = json::parse(json::string_view{body.data(), body.size()}, error);
    if (error || !value.is_object()) {
        return wrong("the body must be JSON such as {\"reason\":\"…\"}");
    }
    OrderWords words;
    for (const auto& member : value.get_object()) {
        if (Status read = read_word(member.key(), member.value(), keys, now, words); !read) {
            return fail(std::move(read).error());
        }
    }
    return words;
}

}  // namespace

RequestTarget split_target(std::string_view target) {
    target = target.substr(0, target.find('#'));
    RequestTarget out;
    out.path = take_until(target, '?');
    while (!target.empty()) {
        std::string pair{take_until(target, '&')};
        std::replace(pair.begin(), pair.end(), '+', ' ');
        std::string_view rest = pair;
        const auto key = metrics::percent_decoded(take_until(rest, '='));
        const auto value = metrics::percent_decoded(rest);
        if (!key || !value) {
            out.malformed = true;
        } else if (!key->empty()) {
            out.query.emplace_back(*key, *value);
        }
    }
    return out;
}

bool prefers_openmetrics(std::string_view accept) {
    double open_metrics = 0.0;
    double text = -1.0;
    double any = -1.0;
    while (!accept.empty()) {
        const MediaRange range = parse_range(take_until(accept, ','));
        if (range.type == "application/openmetrics-text" &&
            (range.version.empty() || range.version == "1.0.0")) {
            open_metrics = std::max(open_metrics, range.quality);
        } else if (range.type == "text/plain") {
            text = std::max(text, range.quality);
        } else if (range.type == "text/*" || range.type == "*/*") {
            any = std::max(any, range.quality);
        }
    }
    return open_metrics > 0.0 && open_metrics >= (text >= 0.0 ? text : any);
}

Result<EventQuery> event_query(const RequestTarget& target, TimePoint now) {
    if (target.malformed) {
        return wrong("the query is badly percent-encoded");
    }
    EventQuery query;
    std::vector<std::string_view> seen;
    for (const auto& [key, value] : target.query) {
        if (std::find(seen.begin(), seen.end(), key) != seen.end()) {
            return wrong("parameter \"" + key + "\" is given twice");
        }
        seen.push_back(key);
        if (key == "policy") {
            query.policy = value;
        } else if (key == "since" || key == "until") {
            const Result<TimePoint> at = parse_instant(value, now);
            if (!at) {
                return wrong(key + ": " + at.error().message);
            }
            (key == "since" ? query.since : query.until) = *at;
        } else if (key == "limit") {
            const auto end = value.data() + value.size();
            const auto parsed = std::from_chars(value.data(), end, query.limit);
            if (parsed.ec != std::errc{} || parsed.ptr != end || query.limit == 0) {
                return wrong("limit: \"" + value + "\" is no whole number above 0");
            }
        } else {
            return wrong("parameter \"" + key +
                         "\" is unknown: expected policy, since, until or limit");
        }
    }
    return query;
}

Result<policy::Pause> parse_pause(std::string_view body, TimePoint now) {
    constexpr OrderKeys keys{.ends = true, .names = "\"reason\", \"for\" or \"until\""};
    return read_order(body, keys, now).map([&](OrderWords words) {
        return policy::Pause{
            .owner = {}, .reason = std::move(words.reason), .since = now, .until = words.until};
    });
}

Result<policy::Brake> parse_brake(std::string_view body, TimePoint now) {
    return read_order(body, {.names = "\"reason\""}, now).map([&](OrderWords words) {
        return policy::Brake{.owner = {}, .reason = std::move(words.reason), .since = now};
    });
}

Result<policy::Approval> parse_approval(std::string_view body, TimePoint now) {
    constexpr OrderKeys keys{
        .ends = true, .counts = true, .names = "\"to\", \"reason\", \"for\" or \"until\""};
    Result<OrderWords> words = read_order(body, keys, now);
    if (!words) {
        return fail(std::move(words).error());
    }
    if (!words->to) {
        return wrong("\"to\" is missing: the count up to which steps are approved");
    }
    return policy::Approval{.owner = {},
                            .reason = std::move(words->reason),
                            .to = *words->to,
                            .until = words->until.value_or(now + usual_approval)};
}

std::string nearest_policy(const PolicyViews& policies, std::string_view name) {
    std::string nearest;
    std::size_t best = std::min<std::size_t>(3, (name.size() + 2) / 2);
    for (std::size_t i = 0; i < policies.count(); ++i) {
        const std::string& candidate = policies.at(i).name;
        if (const std::size_t found = config::distance(name, candidate, best); found < best) {
            best = found;
            nearest = candidate;
        }
    }
    return nearest;
}

}  // namespace tided::daemon
