#include "daemon/recompute.h"

#include "daemon/config/table_reach.h"
#include "daemon/json_text.h"
#include "policy/decide.h"
#include "policy/explain.h"

namespace tided::daemon {
namespace {

void append_bool(std::string_view key, bool value, std::string& out) {
    append_key(key, out);
    out += value ? "true" : "false";
}

/// The policy with the table of its schedule that the decision was made with.
Result<policy::PolicySpec> as_of(const DecisionRecord& record, const config::Policy& policy) {
    policy::PolicySpec spec = policy.spec;
    if (!policy.schedules) {
        return spec;
    }
    const std::optional<TimePoint> made =
        record.in_force ? record.in_force->table_made : std::nullopt;
    if (made && spec.schedule && config::made_at(*spec.schedule) == *made) {
        return spec;
    }
    auto table = config::table_for(*policy.schedules, made.value_or(record.now));
    if (!table) {
        return fail(std::move(table).error());
    }
    spec.schedule = *std::move(table);
    return spec;
}

bool is_written_so(const DecisionRecord& record,
                   const config::Policy& policy,
                   const policy::PolicySpec& spec) {
    const bool is_in_text = !policy.schedules && !spec.max_is_paid_for;
    return record.rules == policy.fingerprint &&
           (record.in_force ? *record.in_force == in_force(spec, record.now) : is_in_text);
}

}  // namespace

InForce in_force(const policy::PolicySpec& spec, TimePoint now) {
    return {.bounds = policy::bounds_at(spec.schedule, spec.floor(), spec.max, now),
            .max_is_paid_for = spec.max_is_paid_for,
            .table_made =
                spec.schedule ? std::optional{config::made_at(*spec.schedule)} : std::nullopt};
}

Result<Recomputed> recompute(const Event& event, const config::Policy& policy) {
    if (event.record.empty()) {
        return fail(ErrorCode::not_found, "no record was kept of this decision");
    }
    Result<DecisionRecord> record = decode_record(event.record);
    if (!record) {
        return fail(std::move(record).error());
    }
    const Result<policy::PolicySpec> spec = as_of(*record, policy);
    if (!spec) {
        return fail(spec.error());
    }
    record->readings.resize(spec->metrics.size(), Reading::absent(Absence::never_seen));
    const policy::Decision again =
        policy::decide(*spec,
                       {.now = record->now,
                        .observed = record->observed ? &*record->observed : nullptr,
                        .readings = record->readings},
                       record->state);
    Recomputed result{.text = policy::explain(again, {.step_to = again.desired}, *spec),
                      .reasons = policy::reasons(again, *spec),
                      .same_rules = is_written_so(*record, policy, *spec)};
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
