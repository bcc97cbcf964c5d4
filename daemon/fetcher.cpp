#include "daemon/fetcher.h"

#include <algorithm>
#include <utility>

#include "daemon/telemetry/logging.h"

namespace tided::daemon {
namespace asio = boost::asio;

// A fetch that starts so late at most counts as one of the instant it was due: samples at even
// distances take the least room.
constexpr Duration on_time{10};

void Fetcher::lay_out_lanes(LiveSource& source) {
    std::vector<TimePoint> due(source.source->lanes());
    for (std::size_t lane = 0; lane < due.size(); ++lane) {
        due[lane] = source.source->next(lane, clock_.now());
    }
    static_cast<void>(source.source->take_moved());
    source.rota->set(std::move(due));
}

// Lanes that were added leave the others due when they were.
void Fetcher::follow_lanes(LiveSource& source) {
    if (source.source->lanes() < source.rota->size()) {
        lay_out_lanes(source);
    }
    for (std::size_t lane = source.rota->size(); lane < source.source->lanes(); ++lane) {
        source.rota->add(source.source->next(lane, clock_.now()));
    }
}

void Fetcher::move_lanes(LiveSource& source) {
    for (const std::size_t lane : source.source->take_moved()) {
        source.rota->put(lane, source.source->next(lane, clock_.now()));
    }
}

asio::awaitable<void> Fetcher::look_after(std::shared_ptr<LiveSource> source) {
    LiveSource* self = source.get();
    source->rota =
        std::make_unique<Rota>(io_,
                               clock_,
                               scope_,
                               Rota::Options{.doing = "fetching from source " + source->config.name,
                                             .at_once = source->source->concurrency()},
                               [this, self](std::size_t lane) { return fetch(*self, lane); });
    source->source->on_moved([this, self] { move_lanes(*self); });
    lay_out_lanes(*source);
    co_await source->rota->run();
    source->source->on_moved({});
    source->source->retire();
    while (source->rota->under_way() > 0) {
        co_await wait_for(std::chrono::milliseconds{20});
    }
}

// A reload may ask other questions while a fetch is under way: the lane may then be gone.
asio::awaitable<TimePoint> Fetcher::fetch(LiveSource& source, std::size_t lane) {
    if (lane >= source.source->lanes()) {
        co_return TimePoint::max();
    }
    const auto begin = std::chrono::steady_clock::now();
    const TimePoint started = clock_.now();
    const TimePoint due = source.rota ? source.rota->due(lane) : started;
    const bool is_on_time = due >= started - on_time && due <= started;
    const TimePoint now = is_on_time ? due : started;
    metrics::Fetched fetched = co_await source.source->fetch(
        lane, now, Clock::deadline_in(source.source->timeout_of(lane)));
    fetched.took = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - begin);
    const bool exists = lane < source.source->lanes();
    if (exists && !fetched.lanes_changed) {
        source.source->measured(lane, fetched.took);
    }
    if (fetched.kind == metrics::FetchKind::samples) {
        const Duration late =
            due == TimePoint::min() ? Duration{} : std::max(started - due, Duration{});
        telemetry_.scrape(source.config.name, fetched, late + fetched.took);
        heed_outcome(source, fetched);
    } else if (fetched.kind == metrics::FetchKind::targets) {
        telemetry_.discovery(source.config.name, fetched.status.has_value());
    }
    source.heard = true;
    tell_health(source);
    if (fetched.lanes_changed && source.rota) {
        follow_lanes(source);
    }
    co_return exists ? source.source->next(lane, clock_.now()) : TimePoint::max();
}

void Fetcher::heed_outcome(LiveSource& source, const metrics::Fetched& fetched) {
    if (!fetched.limit.empty()) {
        telemetry_.page_over_limit(source.config.name, fetched.limit);
    }
    std::string error = fetched.status ? fetched.warning : fetched.status.error().message;
    if (!error.empty() && error != source.last_error) {
        log(LogLevel::debug, "source " + source.config.name + ": " + error);
    }
    source.last_error = std::move(error);
}

asio::awaitable<void> Fetcher::fetch_all(std::shared_ptr<LiveSource> source) {
    for (std::size_t lane = 0; lane < source->source->lanes();) {
        const std::size_t before = source->source->lanes();
        static_cast<void>(co_await fetch(*source, lane));
        // Without a lane that moved, what was added stands here too.
        const bool is_split =
            source->source->lanes() > before && source->source->take_moved().empty();
        lane += is_split ? 0U : 1U;
    }
}

void Fetcher::tell_discovery(LiveSource& source, const std::string& error) {
    if (error == source.discovery_error) {
        return;
    }
    const std::string name = "source " + source.config.name;
    log(error.empty() ? LogLevel::info : LogLevel::warn,
        name + (error.empty() ? ": its targets are known again" : ": finding targets: " + error));
    source.discovery_error = error;
}

void Fetcher::tell_health(LiveSource& source) {
    const metrics::SourceHealth health = source.source->health();
    tell_discovery(source, health.discovery_error);
    const bool lost = health.is_blind() || (health.lanes > 0 && health.failing == health.lanes);
    source.silent = lost && !health.is_blind() && health.silent == health.lanes;
    const bool partly = health.failing > 0 && !lost;
    if (partly != std::exchange(source.partly_told, partly) && !lost && !source.lost) {
        const std::string name = "source " + source.config.name;
        log(partly ? LogLevel::warn : LogLevel::info,
            partly ? name + ": " + std::to_string(health.failing) + " of " +
                         std::to_string(health.lanes) + " fail: " + health.last_error
                   : name + ": all of it answers again");
    }
    if (lost == std::exchange(source.lost, lost)) {
        return;
    }
    Event event;
    event.kind = lost ? EventKind::source_lost : EventKind::source_back;
    event.severity = lost ? Severity::warn : Severity::info;
    event.at = clock_.now();
    event.subject = source.config.name;
    event.text =
        "source " + source.config.name + (lost ? " fails: " + health.trouble() : " answers again");
    announcer_.tell(std::move(event));
}

}  // namespace tided::daemon
