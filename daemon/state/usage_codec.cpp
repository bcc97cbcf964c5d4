#include "daemon/state/usage_codec.h"

#include <cmath>
#include <limits>

#include "daemon/state/wire.h"

namespace tided::daemon {
namespace {

namespace joint = policy::joint;
namespace vpa = policy::vpa;

constexpr std::uint64_t first_format = 1;  // without demand
constexpr std::uint64_t format = 2;

void put(Writer& out, TimePoint at) {
    out.put_signed(at.time_since_epoch().count());
}

void put(Writer& out, const Labels& labels) {
    out.put(labels.size());
    for (const Label& label : labels) {
        out.put_text(label.name);
        out.put_text(label.value);
    }
}

void put(Writer& out, const vpa::HistogramRecord& record) {
    out.put_signed(record.half_life.count());
    put(out, record.reference);
    out.put(record.weights.min);
    out.put(record.weights.max);
    out.put(record.weights.first);
    out.put_number(record.weights.total);
    out.put(record.weights.weights.size());
    for (const double weight : record.weights.weights) {
        out.put_number(weight);
    }
}

void put(Writer& out, const vpa::HistoryRecord& history) {
    for (const vpa::AggregateRecord& record : history) {
        put(out, record.cpu);
        put(out, record.memory);
        put(out, record.first_sample);
        put(out, record.last_sample);
        out.put_signed(record.samples);
    }
}

void put(Writer& out, const vpa::Meter& meter) {
    put(out, meter.started);
    put(out, meter.last_cpu);
    put(out, meter.memory.end);
    put(out, meter.memory.last_sample);
    out.put_signed(meter.memory.usage_peak.count);
    out.put_signed(meter.memory.oom_peak.count);
    out.put(static_cast<std::uint64_t>(meter.memory.day));
}

/// Within years that arithmetic on them can bear.
TimePoint take_instant(Reader& in) {
    constexpr TimePoint last{std::chrono::sys_days{std::chrono::year{9999} / 1 / 1}};
    const TimePoint at{Duration{in.take_signed()}};
    if (at < vpa::never || at > last) {
        in.fail();
        return vpa::never;
    }
    return at;
}

std::string take_string(Reader& in) {
    return std::string{in.take_text()};
}

Labels take_labels(Reader& in) {
    Labels labels(in.take_count(2));
    for (Label& label : labels) {
        label.name = take_string(in);
        label.value = take_string(in);
    }
    return labels;
}

std::uint16_t take_small(Reader& in) {
    const std::uint64_t value = in.take();
    if (value > std::numeric_limits<std::uint16_t>::max()) {
        in.fail();
        return 0;
    }
    return static_cast<std::uint16_t>(value);
}

vpa::HistogramRecord take_histogram(Reader& in) {
    vpa::HistogramRecord record;
    record.half_life = Duration{in.take_signed()};
    record.reference = take_instant(in);
    record.weights.min = take_small(in);
    record.weights.max = take_small(in);
    record.weights.first = take_small(in);
    record.weights.total = in.take_number();
    record.weights.weights.resize(in.take_count(8));
    for (double& weight : record.weights.weights) {
        weight = in.take_number();
    }
    return record;
}

vpa::HistoryRecord take_history(Reader& in) {
    vpa::HistoryRecord history;
    for (vpa::AggregateRecord& record : history) {
        record.cpu = take_histogram(in);
        record.memory = take_histogram(in);
        record.first_sample = take_instant(in);
        record.last_sample = take_instant(in);
        record.samples = in.take_signed();
    }
    return history;
}

vpa::Meter take_meter(Reader& in) {
    vpa::Meter meter;
    meter.started = take_instant(in);
    meter.last_cpu = take_instant(in);
    meter.memory.end = take_instant(in);
    meter.memory.last_sample = take_instant(in);
    meter.memory.usage_peak = {in.take_signed()};
    meter.memory.oom_peak = {in.take_signed()};
    meter.memory.day = in.take() == 0 ? vpa::DayClass::workday : vpa::DayClass::rest_day;
    return meter;
}

void put(Writer& out, const vpa::Snapshot::Instance& instance) {
    out.put_text(instance.id.scope);
    out.put_text(instance.id.name);
    put(out, instance.labels);
    out.put(instance.containers.size());
    for (const vpa::Snapshot::Container& container : instance.containers) {
        out.put_text(container.name);
        put(out, container.meter);
    }
}

vpa::Snapshot::Instance take_instance(Reader& in) {
    vpa::Snapshot::Instance instance;
    instance.id.scope = take_string(in);
    instance.id.name = take_string(in);
    instance.labels = take_labels(in);
    instance.containers.resize(in.take_count(8));
    for (vpa::Snapshot::Container& container : instance.containers) {
        container.name = take_string(in);
        container.meter = take_meter(in);
    }
    return instance;
}

void put(Writer& out, const std::optional<TimePoint>& at) {
    out.put(at ? 1 : 0);
    put(out, at.value_or(TimePoint{}));
}

std::optional<TimePoint> take_possible_instant(Reader& in) {
    const bool is_given = in.take() != 0;
    const TimePoint at = take_instant(in);
    return is_given ? std::optional{at} : std::nullopt;
}

void put(Writer& out, const joint::State& demand) {
    out.put(demand.seen.newest);
    for (const joint::Slot& slot : demand.seen.slots) {
        put(out, slot.since);
        out.put_number(slot.mean.count);
        out.put_number(slot.peak.count);
        out.put_signed(slot.ticks);
    }
    put(out, demand.reviewed);
    put(out, demand.resized);
    put(out, demand.kill ? std::optional{demand.kill->at} : std::nullopt);
    out.put_signed(demand.kill ? demand.kill->floor.count : 0);
}

joint::Cores take_cores(Reader& in) {
    const double cores = in.take_number();
    if (!(cores >= 0.0) || std::isinf(cores)) {
        in.fail();
    }
    return {cores};
}

joint::State take_demand(Reader& in) {
    joint::State demand;
    const std::uint64_t newest = in.take();
    if (newest >= joint::slot_count) {
        in.fail();
        return demand;
    }
    demand.seen.newest = static_cast<std::uint8_t>(newest);
    for (joint::Slot& slot : demand.seen.slots) {
        slot.since = take_instant(in);
        slot.mean = take_cores(in);
        slot.peak = take_cores(in);
        slot.ticks = in.take_signed();
    }
    demand.reviewed = take_possible_instant(in);
    demand.resized = take_possible_instant(in);
    const std::optional<TimePoint> killed = take_possible_instant(in);
    const Bytes floor{in.take_signed()};
    if (killed) {
        demand.kill = joint::Kill{.floor = floor, .at = *killed};
    }
    return demand;
}

}  // namespace

std::string encode(const UsageMemory& memory) {
    const vpa::Snapshot& usage = memory.usage;
    std::string blob;
    Writer out{blob};
    out.put(format);
    put(out, usage.last_collection);
    out.put(usage.entries.size());
    for (const vpa::Snapshot::Entry& entry : usage.entries) {
        out.put_text(entry.key.scope);
        out.put_text(entry.key.container);
        put(out, entry.key.labels);
        put(out, entry.created);
        put(out, entry.history);
    }
    out.put(usage.instances.size());
    for (const vpa::Snapshot::Instance& instance : usage.instances) {
        put(out, instance);
    }
    out.put(usage.loaded.size());
    for (const vpa::Snapshot::Loaded& loaded : usage.loaded) {
        out.put_text(loaded.container);
        put(out, loaded.history);
    }
    out.put(memory.demand ? 1 : 0);
    if (memory.demand) {
        put(out, *memory.demand);
    }
    return blob;
}

Result<UsageMemory> decode_usage(std::string_view blob) {
    Reader in{blob};
    UsageMemory memory;
    vpa::Snapshot& usage = memory.usage;
    const std::uint64_t written_as = in.take();
    if (written_as != first_format && written_as != format) {
        in.fail();
    }
    usage.last_collection = take_instant(in);
    usage.entries.resize(in.take_count(60));
    for (vpa::Snapshot::Entry& entry : usage.entries) {
        entry.key.scope = take_string(in);
        entry.key.container = take_string(in);
        entry.key.labels = take_labels(in);
        entry.created = take_instant(in);
        entry.history = take_history(in);
    }
    usage.instances.resize(in.take_count(4));
    for (vpa::Snapshot::Instance& instance : usage.instances) {
        instance = take_instance(in);
    }
    usage.loaded.resize(in.take_count(60));
    for (vpa::Snapshot::Loaded& loaded : usage.loaded) {
        loaded.container = take_string(in);
        loaded.history = take_history(in);
    }
    if (written_as == format && in.take() != 0) {
        memory.demand = take_demand(in);
    }
    if (!in.is_good() || !in.at_end()) {
        return fail(ErrorCode::corrupt, "the history of its usage cannot be read");
    }
    return memory;
}

}  // namespace tided::daemon
