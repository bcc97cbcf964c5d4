#include "daemon/state/json.h"

#include <boost/json.hpp>

#include "daemon/standing_orders.h"
#include "daemon/state/codec.h"
#include "daemon/state/decision_record.h"
#include "daemon/state/usage_codec.h"
#include "daemon/state/wire.h"

namespace tided::daemon {
namespace {

namespace json = boost::json;

std::int64_t milliseconds(TimePoint at) {
    return at.time_since_epoch().count();
}

json::value when(const std::optional<TimePoint>& at) {
    return at ? json::value(milliseconds(*at)) : json::value(nullptr);
}

json::array to_json(const std::vector<policy::Recommendation>& list) {
    json::array out;
    for (const auto& entry : list) {
        out.push_back(json::array{milliseconds(entry.at), entry.replicas.count});
    }
    return out;
}

json::array to_json(const std::vector<policy::ScaleEvent>& list) {
    json::array out;
    for (const auto& entry : list) {
        out.push_back(json::array{milliseconds(entry.at), entry.change});
    }
    return out;
}

json::object to_json(const PolicyRecord& record) {
    std::string blob;
    encode(record.state, blob);
    json::object out{{"name", record.name},
                     {"state", hex_of(blob)},
                     {"recommendations", to_json(record.state.recommendations)},
                     {"ups", to_json(record.state.ups)},
                     {"downs", to_json(record.state.downs)},
                     {"pause", nullptr}};
    if (record.pause) {
        out["pause"] = json::object{{"owner", record.pause->owner},
                                    {"reason", record.pause->reason},
                                    {"since", milliseconds(record.pause->since)},
                                    {"until", when(record.pause->until)}};
    }
    return out;
}

json::object to_json(const PoolRecord& pool) {
    return {{"identity", pool.identity}, {"checkpoint", pool.checkpoint}};
}

json::object to_json(const StepRecord& record) {
    return {{"id", record.step.id},
            {"policy", record.step.policy},
            {"pool", record.step.pool},
            {"from", record.step.from.count},
            {"to", record.step.to.count},
            {"identity", record.identity},
            {"phase", to_string(record.phase)},
            {"intended_at", milliseconds(record.intended_at)},
            {"finished_at", when(record.finished_at)},
            {"outcome", record.outcome},
            {"message", record.message}};
}

json::object to_json(const Event& event) {
    return {{"kind", to_string(event.kind)},
            {"severity", to_string(event.severity)},
            {"at", milliseconds(event.at)},
            {"policy", event.policy},
            {"pool", event.pool},
            {"subject", event.subject},
            {"text", event.text},
            {"step", event.step},
            {"from", event.from.count},
            {"to", event.to.count},
            {"outcome", event.outcome},
            {"reasons", json::array(event.reasons.begin(), event.reasons.end())},
            {"record", hex_of(event.record)}};
}

json::object to_json(const UsageRecord& record) {
    return {{"policy", record.policy}, {"history", hex_of(record.history)}};
}

template <typename Records>
json::array all(const Records& records) {
    json::array out;
    for (const auto& record : records) {
        out.push_back(to_json(record));
    }
    return out;
}

// Reading. The readers throw Wrong with the path so far; the public functions catch it.
struct Wrong {
    std::string what;
};

const json::value& member(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    if (value == nullptr) {
        throw Wrong{std::string{key} + ": missing"};
    }
    return *value;
}

std::string string_of(const json::object& object, std::string_view key) {
    const json::value& value = member(object, key);
    if (!value.is_string()) {
        throw Wrong{std::string{key} + ": expected a string"};
    }
    return std::string{value.get_string()};
}

std::int64_t integer_of(const json::value& value, std::string_view key) {
    if (!value.is_int64()) {
        throw Wrong{std::string{key} + ": expected a whole number"};
    }
    return value.get_int64();
}

std::int32_t count_of(const json::value& value, std::string_view key) {
    const std::int64_t number = integer_of(value, key);
    if (number < 0 || number > INT32_MAX) {
        throw Wrong{std::string{key} + ": out of range"};
    }
    return static_cast<std::int32_t>(number);
}

TimePoint instant_of(const json::object& object, std::string_view key) {
    return TimePoint{Duration{integer_of(member(object, key), key)}};
}

std::optional<TimePoint> optional_instant_of(const json::object& object, std::string_view key) {
    if (member(object, key).is_null()) {
        return std::nullopt;
    }
    return instant_of(object, key);
}

const json::array& array_of(const json::object& object, std::string_view key) {
    const json::value& value = member(object, key);
    if (!value.is_array()) {
        throw Wrong{std::string{key} + ": expected an array"};
    }
    return value.get_array();
}

/// The blob that stands there in hexadecimal digits, if `decoder` can read it.
template <typename Decoder>
std::string blob_of(const json::object& object, std::string_view key, const Decoder& decoder) {
    Result<std::string> bytes = bytes_of(string_of(object, key));
    if (!bytes) {
        throw Wrong{std::string{key} + ": " + bytes.error().message};
    }
    if (const auto decoded = decoder(*bytes); !decoded) {
        throw Wrong{std::string{key} + ": " + decoded.error().message};
    }
    return *std::move(bytes);
}

/// Calls `each(at, count)` for the [ms, count] pairs of `key`.
template <typename Each>
void pairs_of(const json::object& object, std::string_view key, const Each& each) {
    for (const json::value& pair : array_of(object, key)) {
        if (!pair.is_array() || pair.get_array().size() != 2) {
            throw Wrong{std::string{key} + ": expected [milliseconds, number] pairs"};
        }
        each(TimePoint{Duration{integer_of(pair.get_array()[0], key)}},
             count_of(pair.get_array()[1], key));
    }
}

/// Exports of earlier versions have the lists alone.
void read_lists(const json::object& object, policy::PolicyState& state) {
    pairs_of(object, "recommendations", [&](TimePoint at, std::int32_t count) {
        state.recommendations.push_back({.replicas = {count}, .at = at});
    });
    pairs_of(object, "ups", [&](TimePoint at, std::int32_t count) {
        state.ups.push_back({.change = count, .at = at});
    });
    pairs_of(object, "downs", [&](TimePoint at, std::int32_t count) {
        state.downs.push_back({.change = count, .at = at});
    });
}

PolicyRecord read_policy(const json::object& object) {
    PolicyRecord record{.name = string_of(object, "name"), .state = {}, .pause = std::nullopt};
    policy::PolicyState& state = record.state;
    if (object.contains("state")) {
        state = *decode(blob_of(object, "state", &decode));
    } else {
        read_lists(object, state);
    }
    const json::value& pause = member(object, "pause");
    if (pause.is_object()) {
        const json::object& fields = pause.get_object();
        record.pause = policy::Pause{.owner = string_of(fields, "owner"),
                                     .reason = string_of(fields, "reason"),
                                     .since = instant_of(fields, "since"),
                                     .until = optional_instant_of(fields, "until")};
    } else if (!pause.is_null()) {
        throw Wrong{"pause: expected an object or null"};
    }
    return record;
}

StepRecord read_step(const json::object& object) {
    const Result<StepPhase> phase = step_phase(string_of(object, "phase"));
    if (!phase) {
        throw Wrong{"phase: " + phase.error().message};
    }
    return {.step = {.id = string_of(object, "id"),
                     .policy = string_of(object, "policy"),
                     .pool = string_of(object, "pool"),
                     .from = {count_of(member(object, "from"), "from")},
                     .to = {count_of(member(object, "to"), "to")}},
            .identity = string_of(object, "identity"),
            .phase = *phase,
            .intended_at = instant_of(object, "intended_at"),
            .finished_at = optional_instant_of(object, "finished_at"),
            .outcome = string_of(object, "outcome"),
            .message = string_of(object, "message")};
}

Severity read_severity(const json::object& object) {
    const std::string text = string_of(object, "severity");
    for (const auto severity : {Severity::debug, Severity::info, Severity::warn, Severity::error}) {
        if (to_string(severity) == text) {
            return severity;
        }
    }
    throw Wrong{"severity: \"" + text + "\" is unknown"};
}

std::vector<std::string> strings_of(const json::array& array, std::string_view key) {
    std::vector<std::string> out;
    for (const json::value& text : array) {
        if (!text.is_string()) {
            throw Wrong{std::string{key} + ": expected strings"};
        }
        out.emplace_back(text.get_string());
    }
    return out;
}

Event read_event(const json::object& object) {
    Event event;
    const std::string kind = string_of(object, "kind");
    if (!from_string(kind, event.kind)) {
        throw Wrong{"kind: \"" + kind + "\" is unknown"};
    }
    event.severity = read_severity(object);
    event.at = instant_of(object, "at");
    event.policy = string_of(object, "policy");
    event.pool = string_of(object, "pool");
    event.subject = string_of(object, "subject");
    event.text = string_of(object, "text");
    event.step = string_of(object, "step");
    event.from.count = count_of(member(object, "from"), "from");
    event.to.count = count_of(member(object, "to"), "to");
    event.outcome = string_of(object, "outcome");
    event.reasons = strings_of(array_of(object, "reasons"), "reasons");
    if (object.contains("record") && !string_of(object, "record").empty()) {
        event.record = blob_of(object, "record", &decode_record);
    }
    return event;
}

template <typename Record>
void read_all(const json::object& document,
              std::string_view key,
              Record (*read)(const json::object&),
              std::vector<Record>& out) {
    std::size_t index = 0;
    for (const json::value& value : array_of(document, key)) {
        const std::string place = std::string{key} + "[" + std::to_string(index++) + "]";
        if (!value.is_object()) {
            throw Wrong{place + ": expected an object"};
        }
        try {
            out.push_back(read(value.get_object()));
        } catch (const Wrong& wrong) {
            throw Wrong{place + "." + wrong.what};
        }
    }
}

PoolRecord read_pool(const json::object& object) {
    return {.identity = string_of(object, "identity"),
            .checkpoint = string_of(object, "checkpoint")};
}

UsageRecord read_usage(const json::object& object) {
    return {.policy = string_of(object, "policy"),
            .history = blob_of(object, "history", &decode_usage)};
}

Batch read_document(const json::object& document) {
    if (integer_of(member(document, "version"), "version") != 1) {
        throw Wrong{"version: this tided reads version 1"};
    }
    Batch batch;
    read_all(document, "policies", &read_policy, batch.policies);
    read_all(document, "pools", &read_pool, batch.pools);
    read_all(document, "steps", &read_step, batch.steps);
    read_all(document, "events", &read_event, batch.events);
    if (document.contains("usages")) {
        read_all(document, "usages", &read_usage, batch.usages);
    }
    const json::value& facts = member(document, "facts");
    if (!facts.is_object()) {
        throw Wrong{"facts: expected an object"};
    }
    for (const auto& fact : facts.get_object()) {
        batch.facts[std::string{fact.key()}] = string_of(facts.get_object(), fact.key());
    }
    StandingOrders{}.recall(batch.facts,
                            [](const std::string& problem) { throw Wrong{"facts: " + problem}; });
    return batch;
}

/// Parses one JSON object and hands it to `read`; both ways to be wrong become an Error.
template <typename T>
Result<T> read_object(std::string_view text, T (*read)(const json::object&)) {
    json::error_code error;
    const json::value value = json::parse(json::string_view{text.data(), text.size()}, error);
    if (error) {
        return fail(ErrorCode::invalid_input, "not JSON: " + error.message());
    }
    if (!value.is_object()) {
        return fail(ErrorCode::invalid_input, "expected a JSON object");
    }
    try {
        return read(value.get_object());
    } catch (const Wrong& wrong) {
        return fail(ErrorCode::invalid_input, wrong.what);
    }
}

}  // namespace

std::string export_document(const Batch& everything) {
    json::object facts;
    for (const auto& [name, value] : everything.facts) {
        facts[name] = value;
    }
    return json::serialize(json::object{{"version", 1},
                                        {"policies", all(everything.policies)},
                                        {"pools", all(everything.pools)},
                                        {"steps", all(everything.steps)},
                                        {"events", all(everything.events)},
                                        {"usages", all(everything.usages)},
                                        {"facts", std::move(facts)}});
}

Result<Batch> parse_document(std::string_view text) {
    return read_object(text, &read_document);
}

Result<PolicyRecord> parse_policy(std::string_view text) {
    return read_object(text, &read_policy);
}

}  // namespace tided::daemon
