#include "daemon/state/decision_record.h"

#include "daemon/state/codec.h"
#include "daemon/state/wire.h"

namespace tided::daemon {
namespace {

constexpr char format = 2;
constexpr char format_without_bounds = 1;

void put_instant(TimePoint at, Writer& out) {
    out.put_signed(at.time_since_epoch().count());
}

TimePoint take_instant(Reader& in) {
    return TimePoint{Duration{in.take_signed()}};
}

void put_observed(const std::optional<Observed>& observed, Writer& out) {
    out.put(observed ? 1 : 0);
    if (observed) {
        out.put_signed(observed->replicas.count);
        out.put_signed(observed->present.count);
        out.put_signed(observed->ready.count);
        put_instant(observed->at, out);
    }
}

std::optional<Observed> take_observed(Reader& in) {
    if (in.take() == 0) {
        return std::nullopt;
    }
    Observed observed;
    observed.replicas = Replicas{in.take_int32()};
    observed.present = Replicas{in.take_int32()};
    observed.ready = Replicas{in.take_int32()};
    observed.at = take_instant(in);
    return observed;
}

void put_reading(const Reading& reading, Writer& out) {
    out.put_number(reading.value);
    out.put_signed(reading.age.count());
    out.put(static_cast<std::uint64_t>(reading.freshness));
    out.put(static_cast<std::uint64_t>(reading.absence));
    out.put(reading.rung);
}

Reading take_reading(Reader& in) {
    Reading reading;
    reading.value = in.take_number();
    reading.age = Duration{in.take_signed()};
    const std::uint64_t freshness = in.take();
    const std::uint64_t absence = in.take();
    reading.rung = static_cast<std::uint8_t>(in.take());
    if (freshness > static_cast<std::uint64_t>(Freshness::fresh) || absence > 0xff) {
        in.fail();
        return {};
    }
    reading.freshness = static_cast<Freshness>(freshness);
    reading.absence = static_cast<Absence>(absence);
    return reading;
}

void put_bound(const policy::Bound& bound, Writer& out) {
    out.put_signed(bound.count.count);
    out.put(bound.by ? bound.by->rule + 1U : 0U);
    if (bound.by) {
        put_instant(bound.by->until, out);
    }
}

policy::Bound take_bound(Reader& in) {
    policy::Bound bound{.count = Replicas{in.take_int32()}};
    const std::uint64_t rule = in.take();
    if (rule > 0x100) {
        in.fail();
    } else if (rule > 0) {
        bound.by = {.rule = static_cast<std::uint8_t>(rule - 1), .until = take_instant(in)};
    }
    return bound;
}

void put_in_force(const std::optional<InForce>& in_force, Writer& out) {
    out.put(in_force ? 1 : 0);
    if (in_force) {
        put_bound(in_force->bounds.min, out);
        put_bound(in_force->bounds.max, out);
        out.put(in_force->max_is_paid_for ? 1 : 0);
        out.put(in_force->table_made ? 1 : 0);
        if (in_force->table_made) {
            put_instant(*in_force->table_made, out);
        }
    }
}

std::optional<InForce> take_in_force(Reader& in) {
    if (in.take() == 0) {
        return std::nullopt;
    }
    InForce in_force;
    in_force.bounds.min = take_bound(in);
    in_force.bounds.max = take_bound(in);
    in_force.max_is_paid_for = in.take() != 0;
    if (in.take() != 0) {
        in_force.table_made = take_instant(in);
    }
    return in_force;
}

void put_rest(const DecisionRecord& record, Writer& out) {
    out.put(record.rules);
    out.put(record.desired ? 1 : 0);
    out.put_signed(record.desired ? record.desired->count : 0);
    put_in_force(record.in_force, out);
}

void take_rest(Reader& in, DecisionRecord& record) {
    record.rules = in.take();
    const bool is_known = in.take() != 0;
    const Replicas desired{in.take_int32()};
    record.desired = is_known ? std::optional{desired} : std::nullopt;
}

}  // namespace

std::string encode(const DecisionRecord& record) {
    std::string blob{format};
    Writer out{blob};
    put_instant(record.now, out);
    put_observed(record.observed, out);
    out.put(record.readings.size());
    for (const Reading& reading : record.readings) {
        put_reading(reading, out);
    }
    std::string state;
    encode(record.state, state);
    out.put_text(state);
    put_rest(record, out);
    return blob;
}

Result<DecisionRecord> decode_record(std::string_view blob) {
    constexpr std::size_t least_reading = 12;
    if (blob.empty() || (blob.front() != format && blob.front() != format_without_bounds)) {
        return fail(ErrorCode::corrupt, "the record of a decision has an unknown format");
    }
    Reader in{blob.substr(1)};
    DecisionRecord record;
    record.now = take_instant(in);
    record.observed = take_observed(in);
    const std::size_t count = in.take_count(least_reading);
    for (std::size_t i = 0; i < count; ++i) {
        record.readings.push_back(take_reading(in));
    }
    Result<policy::PolicyState> state = decode(in.take_text());
    take_rest(in, record);
    if (blob.front() == format) {
        record.in_force = take_in_force(in);
    }
    if (!state || !in.is_good() || !in.at_end()) {
        return fail(ErrorCode::corrupt, "the record of a decision is cut or damaged");
    }
    record.state = *std::move(state);
    return record;
}

}  // namespace tided::daemon
