#include "daemon/state/codec.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "daemon/state/codec_learned.h"
#include "daemon/state/wire.h"

namespace tided::daemon {
namespace {

constexpr char first_format = 1;  // lists alone
constexpr char format = 2;        // lists and parts

std::int32_t number_of(const policy::Recommendation& entry) {
    return entry.replicas.count;
}
std::int32_t number_of(const policy::ScaleEvent& entry) {
    return entry.change;
}
void set(policy::Recommendation& entry, std::int32_t number) {
    entry.replicas.count = number;
}
void set(policy::ScaleEvent& entry, std::int32_t number) {
    entry.change = number;
}

std::int64_t milliseconds(TimePoint at) {
    return at.time_since_epoch().count();
}

TimePoint instant(std::int64_t milliseconds) {
    return TimePoint{Duration{milliseconds}};
}

/// Sums in unsigned arithmetic: a broken blob must not overflow a signed number.
std::int64_t plus(std::int64_t left, std::int64_t right) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(left) +
                                     static_cast<std::uint64_t>(right));
}

/// The entries' instants and numbers, each as what it is more than the one before.
template <typename Entry>
void put_list(const std::vector<Entry>& list, Writer& out) {
    out.put(list.size());
    std::int64_t at = 0;
    std::int64_t number = 0;
    for (const Entry& entry : list) {
        out.put_signed(milliseconds(entry.at) - at);
        out.put_signed(number_of(entry) - number);
        at = milliseconds(entry.at);
        number = number_of(entry);
    }
}

template <typename Entry>
void take_list(Reader& in, std::vector<Entry>& list) {
    const std::size_t count = in.take_count(2);
    list.reserve(count);
    std::int64_t at = 0;
    std::int64_t number = 0;
    for (std::size_t i = 0; i < count && in.is_good(); ++i) {
        at = plus(at, in.take_signed());
        number = plus(number, in.take_signed());
        if (number != static_cast<std::int32_t>(number)) {
            in.fail();
        }
        Entry entry{};
        entry.at = instant(at);
        set(entry, static_cast<std::int32_t>(number));
        list.push_back(entry);
    }
}

// ---- parts: what only some policies have ----

void put_steps(const policy::PolicyState& state, Writer& out) {
    out.put(state.steps.size());
    std::int64_t at = 0;
    for (const policy::StepMark& step : state.steps) {
        out.put_signed(milliseconds(step.at) - at);
        out.put_signed(step.from.count);
        out.put_signed(step.to.count);
        at = milliseconds(step.at);
    }
}

void take_steps(Reader& in, policy::PolicyState& state) {
    const std::size_t count = in.take_count(3);
    std::int64_t at = 0;
    for (std::size_t i = 0; i < count; ++i) {
        at = plus(at, in.take_signed());
        const Replicas from{in.take_int32()};
        const Replicas to{in.take_int32()};
        state.steps.push_back({.at = instant(at), .from = from, .to = to});
    }
}

void put_conditions(const policy::PolicyState& state, Writer& out) {
    out.put(state.conditions.all().size());
    for (const policy::hpa::Condition& condition : state.conditions.all()) {
        out.put(static_cast<std::uint64_t>(condition.type));
        out.put(condition.is_true ? 1 : 0);
        out.put(static_cast<std::uint64_t>(condition.reason));
        out.put_signed(milliseconds(condition.since));
    }
}

void take_conditions(Reader& in, policy::PolicyState& state) {
    using policy::hpa::ConditionReason;
    using policy::hpa::ConditionType;
    const std::size_t count = in.take_count(4);
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t type = in.take();
        const bool is_true = in.take() != 0;
        const std::uint64_t reason = in.take();
        const TimePoint since = instant(in.take_signed());
        if (type > static_cast<std::uint64_t>(ConditionType::scaled_to_zero) ||
            reason > static_cast<std::uint64_t>(ConditionReason::not_scaled_to_zero)) {
            in.fail();
            return;
        }
        state.conditions.set(
            static_cast<ConditionType>(type), is_true, static_cast<ConditionReason>(reason), since);
    }
}

void put_instant(const std::optional<TimePoint>& at, Writer& out) {
    out.put(at ? 1 : 0);
    out.put_signed(at ? milliseconds(*at) : 0);
}

std::optional<TimePoint> take_instant(Reader& in) {
    const bool is_given = in.take() != 0;
    const TimePoint at = instant(in.take_signed());
    return is_given ? std::optional{at} : std::nullopt;
}

void put_undo(const policy::PolicyState& state, Writer& out) {
    const policy::UndoWatch& watch = *state.undo;
    out.put_signed(watch.from.count);
    out.put_number(watch.level);
    out.put_signed(milliseconds(watch.begun));
    put_instant(watch.worse_since, out);
    put_instant(watch.undone_at, out);
    out.put_text(watch.metric);
    out.put(watch.back_to ? 1 : 0);
    out.put_signed(watch.back_to.value_or(Replicas{}).count);
}

/// As written before the name of the metric was.
void take_nameless_undo(Reader& in, policy::PolicyState& state) {
    policy::UndoWatch watch;
    watch.from = Replicas{in.take_int32()};
    watch.level = in.take_number();
    watch.begun = instant(in.take_signed());
    watch.worse_since = take_instant(in);
    watch.undone_at = take_instant(in);
    state.undo = watch;
}

void take_undo(Reader& in, policy::PolicyState& state) {
    take_nameless_undo(in, state);
    state.undo->metric = in.take_text();
    const bool is_decided = in.take() != 0;
    const Replicas back_to{in.take_int32()};
    state.undo->back_to = is_decided ? std::optional{back_to} : std::nullopt;
}

void put_silences(const policy::PolicyState& state, Writer& out) {
    out.put(state.silent_since.size());
    for (const std::optional<TimePoint>& since : state.silent_since) {
        put_instant(since, out);
    }
}

void take_silences(Reader& in, policy::PolicyState& state) {
    const std::size_t count = in.take_count(2);
    for (std::size_t i = 0; i < count; ++i) {
        state.silent_since.push_back(take_instant(in));
    }
}

/// A part stands in the blob only where there is something of it.
struct Part {
    std::uint64_t tag = 0;
    bool is_learned = false;
    bool (*is_there)(const policy::PolicyState&) = nullptr;
    void (*put)(const policy::PolicyState&, Writer&) = nullptr;
    void (*take)(Reader&, policy::PolicyState&) = nullptr;
};

bool has_steps(const policy::PolicyState& state) {
    return !state.steps.empty();
}
bool has_conditions(const policy::PolicyState& state) {
    return !state.conditions.all().empty();
}
bool has_undo(const policy::PolicyState& state) {
    return state.undo.has_value();
}

bool has_loads(const policy::PolicyState& state) {
    return !state.loads.empty();
}
bool has_curves(const policy::PolicyState& state) {
    return !state.curves.empty();
}

bool has_silences(const policy::PolicyState& state) {
    return !state.silent_since.empty();
}

/// Read, and no longer written.
bool is_former(const policy::PolicyState&) {
    return false;
}

constexpr std::array<Part, 8> parts{{{1, false, &has_steps, &put_steps, &take_steps},
                                     {2, false, &has_conditions, &put_conditions, &take_conditions},
                                     {3, false, &is_former, nullptr, &take_nameless_undo},
                                     {4, true, &is_former, nullptr, &take_curves_of_no_load},
                                     {5, true, &has_loads, &put_loads, &take_loads},
                                     {6, false, &has_silences, &put_silences, &take_silences},
                                     {7, false, &has_undo, &put_undo, &take_undo},
                                     {8, true, &has_curves, &put_curves, &take_curves}}};

void take_parts(Reader& in, policy::PolicyState& state) {
    while (in.is_good() && !in.at_end()) {
        const auto* part = std::ranges::find(parts, in.take(), &Part::tag);
        if (part == parts.end()) {
            in.fail();
            return;
        }
        part->take(in, state);
    }
}

}  // namespace

void encode(const policy::PolicyState& state, std::string& blob, Share share) {
    static const policy::PolicyState nothing;
    const policy::PolicyState& lists = share == Share::learned ? nothing : state;
    blob.push_back(format);
    Writer out{blob};
    put_list(lists.recommendations, out);
    put_list(lists.ups, out);
    put_list(lists.downs, out);
    for (const Part& part : parts) {
        const Share other = part.is_learned ? Share::ticking : Share::learned;
        if (share != other && part.is_there(state)) {
            out.put(part.tag);
            part.put(state, out);
        }
    }
}

bool has_learned(const policy::PolicyState& state) {
    return has_curves(state) || has_loads(state);
}

Result<policy::PolicyState> decode(std::string_view blob) {
    if (blob.empty() || (blob.front() != first_format && blob.front() != format)) {
        return fail(ErrorCode::corrupt, "a policy's history has an unknown format");
    }
    Reader in{blob.substr(1)};
    policy::PolicyState state;
    take_list(in, state.recommendations);
    take_list(in, state.ups);
    take_list(in, state.downs);
    if (blob.front() == format) {
        take_parts(in, state);
    }
    if (!in.is_good() || !in.at_end()) {
        return fail(ErrorCode::corrupt, "a policy's history is cut or damaged");
    }
    return state;
}

}  // namespace tided::daemon
