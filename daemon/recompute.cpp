#include "daemon/recompute.h"

#include "daemon/json_text.h"
#include "policy/decide.h"
#include "policy/explain.h"

namespace tided::daemon {
namespace {

void append_bool(std::string_view key, bool value, std::string& out) {
    append_key(key, out);
    out += value ? "true" : "false";
}

}  // namespace

Result<Recomputed> recompute(const Event& event, const config::Policy& policy) {
    if (event.record.empty()) {
        return fail(ErrorCode::not_found, "no record was kept of this decision");
    }
    Result<DecisionRecord> record = decode_record(event.record);
    if (!record) {
        return fail(std::move(record).error());
    }
    record->readings.resize(policy.spec.metrics.size(), Reading::absent(Absence::never_seen));
    const policy::Decision again =
        policy::decide(policy.spec,
                       {.now = record->now,
                        .observed = record->observed ? &*record->observed : nullptr,
                        .readings = record->readings},
                       record->state);
    Recomputed result{.text = policy::explain(again, {.step_to = again.desired}, policy.spec),
                      .reasons = policy::reasons(again, policy.spec),
                      .same_rules = record->rules == policy.fingerprint};
    const bool same_number = record->desired.has_value() == again.observation_known &&
                             (!record->desired || *record->desired == again.desired);
    result.same = same_number && result.reasons == event.reasons;
    return result;
}

std::string recomputed_json(const Event& event, const Result<Recomputed>& again) {
    std::string out = "{\"at\":";
    append_json(to_string(event.at), out);
    append_key("text", out);
    append_json(event.text, out);
    append_key("reasons", out);
    append_json(event.reasons, out);
    append_key("recomputed", out);
    if (!again) {
        out += "null";
        append_key("why", out);
        append_json(again.error().message, out);
        return out + "}";
    }
    out += "{\"text\":";
    append_json(again->text, out);
    append_key("reasons", out);
    append_json(again->reasons, out);
    append_bool("same_rules", again->same_rules, out);
    append_bool("same", again->same, out);
    return out + "}}";
}

}  // namespace tided::daemon
