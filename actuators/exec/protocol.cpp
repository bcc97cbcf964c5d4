// Both directions of the exec protocol as text.
#include "actuators/exec/protocol.h"

#include <array>
#include <optional>

#include <boost/json.hpp>

#include "actuators/json_fields.h"

namespace tided::actuators::exec {

namespace {

namespace json = boost::json;

constexpr int version = 1;
constexpr Duration default_after{5000};
constexpr std::size_t shown = 80;
constexpr std::size_t quoted = 400;

/// Codes a program may give; the others are ours.
constexpr std::array codes{ErrorCode::invalid_input,
                           ErrorCode::unauthenticated,
                           ErrorCode::forbidden,
                           ErrorCode::not_found,
                           ErrorCode::conflict,
                           ErrorCode::throttled,
                           ErrorCode::out_of_capacity,
                           ErrorCode::unavailable,
                           ErrorCode::timed_out,
                           ErrorCode::unsupported};

tl::unexpected<Error> corrupt(const std::string& what) {
    return fail(ErrorCode::corrupt, what);
}

Result<json::object> read_object(std::string_view output) {
    auto object = parse_object(output);
    if (!object) {
        return corrupt(output.empty()
                           ? "it printed nothing"
                           : "it printed what is no JSON object: " + excerpt(output, shown));
    }
    return *std::move(object);
}

Result<Replicas> read_count(const json::object& from, std::string_view key) {
    const auto count = replicas_field(from, key);
    if (!count) {
        return corrupt("its answer has no '" + std::string{key} +
                       "' that is a whole number from 0 to 2147483647");
    }
    return *count;
}

Result<std::optional<Duration>> read_after(const json::object& from) {
    if (!from.contains("after")) {
        return std::nullopt;
    }
    const auto text = text_field(from, "after");
    const auto after = text ? parse_duration(*text) : corrupt("");
    if (!after) {
        return corrupt("its answer has an 'after' that is no duration such as \"5s\"");
    }
    return *after;
}

Result<ErrorCode> read_code(const json::object& from, ErrorCode otherwise) {
    if (!from.contains("code")) {
        return otherwise;
    }
    const auto name = text_field(from, "code");
    for (const ErrorCode code : codes) {
        if (name == to_string(code)) {
            return code;
        }
    }
    return corrupt("its answer has an unknown 'code'");
}

Result<Error> read_error(const json::object& from, ErrorCode otherwise) {
    const auto code = read_code(from, otherwise);
    if (!code) {
        return fail(code.error());
    }
    const auto after = read_after(from);
    if (!after) {
        return fail(after.error());
    }
    const std::string message = excerpt(text_field(from, "message").value_or(""), quoted);
    return Error{.code = *code,
                 .message = message.empty() ? "it gave no message" : message,
                 .retry_after = *after};
}

}  // namespace

std::string observe_request(const std::string& pool) {
    return json::serialize(
               json::object{{"version", version}, {"request", "observe"}, {"pool", pool}}) +
           "\n";
}

std::string apply_request(const std::string& pool, const Step& step) {
    return json::serialize(json::object{{"version", version},
                                        {"request", "apply"},
                                        {"pool", pool},
                                        {"step",
                                         {{"id", step.id},
                                          {"from", step.from.count},
                                          {"to", step.to.count},
                                          {"policy", step.policy}}}}) +
           "\n";
}

Result<Observed> read_observed(std::string_view output, TimePoint now) {
    const auto object = read_object(output);
    if (!object) {
        return fail(object.error());
    }
    const auto replicas = read_count(*object, "replicas");
    if (!replicas) {
        return fail(replicas.error());
    }
    const auto ready = read_count(*object, "ready");
    if (!ready) {
        return fail(ready.error());
    }
    const auto present = object->contains("present") ? read_count(*object, "present") : replicas;
    if (!present) {
        return fail(present.error());
    }
    return Observed{.replicas = *replicas, .present = *present, .ready = *ready, .at = now};
}

Result<Outcome> read_outcome(std::string_view output) {
    const auto object = read_object(output);
    if (!object) {
        return fail(object.error());
    }
    const auto name = text_field(*object, "outcome");
    if (name == "done") {
        return Outcome::done();
    }
    if (name == "pending") {
        const auto after = read_after(*object);
        return after ? Result<Outcome>{Outcome::pending(after->value_or(default_after))}
                     : fail(after.error());
    }
    if (name == "refused" || name == "failed") {
        const bool is_refused = name == "refused";
        auto error = read_error(*object, is_refused ? ErrorCode::conflict : ErrorCode::unavailable);
        if (!error) {
            return fail(std::move(error).error());
        }
        return is_refused ? Outcome::refused(*std::move(error))
                          : Outcome::failed(*std::move(error));
    }
    return corrupt("its answer has no 'outcome' that is done, pending, refused or failed");
}

}  // namespace tided::actuators::exec
