// Histories as records and back: see the header.
#include "policy/vpa/snapshot.h"

namespace tided::policy::vpa {

namespace {

HistogramRecord to_record(const DecayingHistogram& histogram) {
    return {.weights = histogram.weights().state(),
            .half_life = histogram.half_life(),
            .reference = histogram.reference()};
}

AggregateRecord to_record(const Aggregate& aggregate) {
    return {.cpu = to_record(aggregate.cpu),
            .memory = to_record(aggregate.memory),
            .first_sample = aggregate.first_sample,
            .last_sample = aggregate.last_sample,
            .samples = aggregate.samples};
}

/// Fills `histogram`, which has the half-life in force now.
Status fill(DecayingHistogram& histogram, const HistogramRecord& record, TimePoint now) {
    const Buckets& buckets = histogram.weights().buckets();
    if (!is_sound(record.weights, buckets) || record.half_life <= Duration::zero()) {
        return fail(ErrorCode::corrupt, "bounds, weights or half-life cannot be a histogram's");
    }
    const Duration in_force = histogram.half_life();
    histogram = {Histogram{buckets, record.weights}, record.half_life, record.reference};
    histogram.change_half_life(in_force, now);
    return {};
}

Result<Aggregate> from_record(const AggregateRecord& record,
                              const Settings& settings,
                              TimePoint now) {
    Aggregate aggregate{settings};
    if (Status status = fill(aggregate.cpu, record.cpu, now); !status) {
        return fail(std::move(status).error().within("CPU histogram"));
    }
    if (Status status = fill(aggregate.memory, record.memory, now); !status) {
        return fail(std::move(status).error().within("memory histogram"));
    }
    aggregate.first_sample = record.first_sample;
    aggregate.last_sample = record.last_sample;
    aggregate.samples = record.samples;
    return aggregate;
}

}  // namespace

void rebase(Snapshot& snapshot, Duration jump) {
    const auto move = [jump](TimePoint& at) { at = at == never ? never : at + jump; };
    const auto move_history = [&](HistoryRecord& history) {
        for (AggregateRecord& aggregate : history) {
            move(aggregate.cpu.reference);
            move(aggregate.memory.reference);
            move(aggregate.first_sample);
            move(aggregate.last_sample);
        }
    };
    move(snapshot.last_collection);
    for (Snapshot::Entry& entry : snapshot.entries) {
        move(entry.created);
        move_history(entry.history);
    }
    for (Snapshot::Loaded& loaded : snapshot.loaded) {
        move_history(loaded.history);
    }
    for (Snapshot::Instance& instance : snapshot.instances) {
        for (Snapshot::Container& container : instance.containers) {
            Meter& meter = container.meter;
            move(meter.started);
            move(meter.last_cpu);
            move(meter.memory.end);
            move(meter.memory.last_sample);
        }
    }
}

HistoryRecord to_record(const History& history) {
    return {to_record(history.days()[0]), to_record(history.days()[1])};
}

Result<History> from_record(const HistoryRecord& record, const Settings& settings, TimePoint now) {
    History::Days days{Aggregate{settings}, Aggregate{settings}};
    for (std::size_t day = 0; day < day_classes; ++day) {
        auto aggregate = from_record(record[day], settings, now);
        if (!aggregate) {
            return fail(std::move(aggregate).error());
        }
        days[day] = std::move(*aggregate);
    }
    return History{std::move(days), settings};
}

}  // namespace tided::policy::vpa
