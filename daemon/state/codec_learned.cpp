#include "daemon/state/codec_learned.h"

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <span>

#include "policy/learned_curve.h"

namespace tided::daemon {
namespace {

namespace forecast = policy::forecast;

// ---- numbers ----

constexpr std::int64_t largest_number = std::int64_t{1} << 52;  // of milliseconds and slots

std::int64_t take_within(Reader& in, std::int64_t low, std::int64_t high) {
    const std::int64_t value = in.take_signed();
    if (value < low || value > high) {
        in.fail();
        return low;
    }
    return value;
}

std::uint8_t take_small(Reader& in, std::int64_t high) {
    return static_cast<std::uint8_t>(take_within(in, 0, high));
}

void put_instant(TimePoint at, Writer& out) {
    out.put_signed(at.time_since_epoch().count());
}

TimePoint take_instant(Reader& in) {
    return TimePoint{Duration{take_within(in, -largest_number, largest_number)}};
}

/// Finite, and not below zero.
double take_amount(Reader& in) {
    const double value = in.take_number();
    if (!(std::isfinite(value) && value >= 0.0)) {
        in.fail();
        return 0.0;
    }
    return value;
}

void put_floats(std::span<const float> values, Writer& out) {
    for (const float value : values) {
        out.put(std::bit_cast<std::uint32_t>(value));
    }
}

/// Finite, and not below zero.
float take_float(Reader& in) {
    const std::uint64_t bits = in.take();
    const float value = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    if (bits > std::numeric_limits<std::uint32_t>::max() || !std::isfinite(value) || value < 0.0F) {
        in.fail();
        return 0.0F;
    }
    return value;
}

void take_floats(Reader& in, std::span<float> values) {
    for (float& value : values) {
        value = take_float(in);
    }
}

// ---- curves ----

void put_point(const policy::LearnedPoint& point, Writer& out) {
    for (const double number : {point.load, point.latency, point.weight}) {
        out.put_number(number);
    }
}

policy::LearnedPoint take_point(Reader& in) {
    policy::LearnedPoint point;
    point.load = take_amount(in);
    point.latency = take_amount(in);
    point.weight = take_amount(in);
    return point;
}

enum class Form : std::uint8_t { with_load, of_no_load };

void take_curve(Reader& in, Form form, policy::LearnedCurve& curve) {
    constexpr std::size_t least_point = 24;
    curve.metric = in.take_text();
    curve.load = form == Form::with_load ? in.take_text() : "";
    curve.at = TimePoint{Duration{in.take_signed()}};
    curve.last = take_point(in);
    const std::size_t points = in.take_count(least_point);
    if (points > policy::most_points) {
        in.fail();
    }
    for (std::size_t k = 0; k < points && in.is_good(); ++k) {
        curve.points.push_back(take_point(in));
    }
}

void take_curves(Reader& in, Form form, policy::PolicyState& state) {
    constexpr std::size_t least_curve = 27;
    const std::size_t count = in.take_count(least_curve);
    for (std::size_t i = 0; i < count && in.is_good(); ++i) {
        take_curve(in, form, state.curves.emplace_back());
    }
}

// ---- loads ----

void put_history(const forecast::LoadHistory& history, Writer& out) {
    out.put_signed(history.next);
    out.put_signed(history.size);
    put_instant(history.youngest, out);
    put_floats(history.loads, out);
}

void take_history(Reader& in, forecast::LoadHistory& history) {
    constexpr auto capacity = static_cast<std::int64_t>(forecast::LoadHistory::capacity);
    history.next = take_small(in, capacity - 1);
    history.size = take_small(in, capacity);
    history.youngest = take_instant(in);
    take_floats(in, history.loads);
}

void put_lead(const forecast::LeadTime& lead, Writer& out) {
    out.put_signed(lead.estimate.count());
    out.put_signed(lead.measured ? 1 : 0);
    out.put_signed(lead.asked.count);
    out.put_signed(lead.goal.count);
    put_instant(lead.looked, out);
    put_instant(lead.since, out);
}

void take_lead(Reader& in, forecast::LeadTime& lead) {
    lead.estimate = Duration{take_within(in, 0, forecast::longest_start.count())};
    lead.measured = take_within(in, 0, 1) == 1;
    lead.asked = Replicas{in.take_int32()};
    lead.goal = Replicas{in.take_int32()};
    lead.looked = take_instant(in);
    lead.since = take_instant(in);
}

void put_headroom(const forecast::Headroom& headroom, Writer& out) {
    put_floats(headroom.bins, out);
    put_floats(std::array{headroom.total, headroom.bursts, headroom.agitation}, out);
}

void take_headroom(Reader& in, forecast::Headroom& headroom) {
    take_floats(in, headroom.bins);
    headroom.total = take_float(in);
    headroom.bursts = take_float(in);
    headroom.agitation = take_float(in);
}

constexpr auto end_of_day = static_cast<std::int64_t>(forecast::Recurrence::bin_count);

void put_calendar(const forecast::Recurrence& habits, Writer& out) {
    for (std::int64_t bin = 0; bin < end_of_day; ++bin) {
        const std::uint8_t days = habits.days[static_cast<std::size_t>(bin)];
        if (days != 0) {
            out.put_signed(bin);
            out.put(days);
        }
    }
    out.put_signed(end_of_day);
}

/// The bins rise, so that it ends.
void take_calendar(Reader& in, forecast::Recurrence& habits) {
    std::int64_t bin = take_within(in, 0, end_of_day);
    while (bin < end_of_day && in.is_good()) {
        habits.days[static_cast<std::size_t>(bin)] = static_cast<std::uint8_t>(in.take());
        bin = take_within(in, bin + 1, end_of_day);
    }
}

void put_habits(const forecast::Recurrence& habits, Writer& out) {
    put_calendar(habits, out);
    out.put_signed(habits.bin);
    out.put_signed(habits.first_bin);
    out.put_signed(habits.days_seen);
    put_instant(habits.burst_since, out);
    put_floats(std::array{habits.before, habits.peak, habits.usual_peak}, out);
}

void take_habits(Reader& in, forecast::Recurrence& habits) {
    constexpr std::int64_t most_days = 8;
    take_calendar(in, habits);
    habits.bin = take_within(in, 0, largest_number);
    habits.first_bin = take_within(in, 0, largest_number);
    habits.days_seen = take_small(in, most_days);
    habits.burst_since = take_instant(in);
    habits.before = take_float(in);
    habits.peak = take_float(in);
    habits.usual_peak = take_float(in);
    if (habits.burst_since != TimePoint{} && habits.before == 0.0F) {
        in.fail();  // it is divided by
    }
}

void put_needs(const forecast::SteadyNeeds& recent, Writer& out) {
    out.put_signed(recent.slot);
    for (const Replicas need : recent.needs) {
        out.put_signed(need.count);
    }
}

void take_needs(Reader& in, forecast::SteadyNeeds& recent) {
    recent.slot = take_within(in, 0, largest_number);
    for (Replicas& need : recent.needs) {
        need = Replicas{in.take_int32()};
    }
}

void put_load(const policy::LearnedLoad& learned, Writer& out) {
    out.put_text(learned.metric);
    out.put_number(learned.capacity);
    put_history(learned.memory.history, out);
    put_lead(learned.memory.lead, out);
    put_headroom(learned.memory.headroom, out);
    put_habits(learned.memory.recurrence, out);
    put_instant(learned.memory.absence.since, out);
    put_floats(std::array{learned.memory.absence.before}, out);
    put_needs(learned.recent, out);
}

void take_load(Reader& in, policy::LearnedLoad& learned) {
    learned.metric = in.take_text();
    learned.capacity = take_amount(in);
    take_history(in, learned.memory.history);
    take_lead(in, learned.memory.lead);
    take_headroom(in, learned.memory.headroom);
    take_habits(in, learned.memory.recurrence);
    learned.memory.absence.since = take_instant(in);
    learned.memory.absence.before = take_float(in);
    take_needs(in, learned.recent);
}

}  // namespace

void put_curves(const policy::PolicyState& state, Writer& out) {
    out.put(state.curves.size());
    for (const policy::LearnedCurve& curve : state.curves) {
        out.put_text(curve.metric);
        out.put_text(curve.load);
        out.put_signed(curve.at.time_since_epoch().count());
        put_point(curve.last, out);
        out.put(curve.points.size());
        for (const policy::LearnedPoint& point : curve.points) {
            put_point(point, out);
        }
    }
}

void take_curves(Reader& in, policy::PolicyState& state) {
    take_curves(in, Form::with_load, state);
}

void take_curves_of_no_load(Reader& in, policy::PolicyState& state) {
    take_curves(in, Form::of_no_load, state);
}

void put_loads(const policy::PolicyState& state, Writer& out) {
    out.put(state.loads.size());
    for (const policy::LearnedLoad& learned : state.loads) {
        put_load(learned, out);
    }
}

void take_loads(Reader& in, policy::PolicyState& state) {
    constexpr std::size_t least_load = 150;  // bytes
    const std::size_t count = in.take_count(least_load);
    for (std::size_t i = 0; i < count && in.is_good(); ++i) {
        take_load(in, state.loads.emplace_back());
    }
}

}  // namespace tided::daemon
