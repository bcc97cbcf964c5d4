#include "daemon/fetcher.h"

#include <utility>

#include "daemon/telemetry/logging.h"

namespace tided::daemon {
namespace asio = boost::asio;

void Fetcher::lay_out_lanes(LiveSource& source) {
    std::vector<TimePoint> due(source.source->lanes());
    for (std::size_t lane = 0; lane < due.size(); ++lane) {
        due[lane] = source.source->next(lane, clock_.now());
    }
    source.rota->set(std::move(due));
}

asio::awaitable<void> Fetcher::look_after(std::shared_ptr<LiveSource> source) {
    LiveSource* self = source.get();
    source->rota = std::make_unique<Rota>(
        io_,
        clock_,
        scope_,
        Rota::Options{.doing = "fetching from source " + source->config.name},
        [this, self](std::size_t lane) { return fetch(*self, lane); });
    lay_out_lanes(*source);
    co_await source->rota->run();
    while (source->rota->under_way() > 0) {
        co_await wait_for(std::chrono::milliseconds{20});
    }
}

// A reload may ask other questions while a fetch is under way: the lane may then be gone.
asio::awaitable<TimePoint> Fetcher::fetch(LiveSource& source, std::size_t lane) {
    const auto begin = std::chrono::steady_clock::now();
    const TimePoint now = clock_.now();
    metrics::Fetched fetched =
        co_await source.source->fetch(lane, now, Clock::deadline_in(source.source->timeout()));
    fetched.took = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - begin);
    const bool exists = lane < source.source->lanes();
    if (exists) {
        source.source->measured(lane, fetched.took);
    }
    telemetry_.scrape(
        source.config.name, fetched.status.has_value(), fetched.took, fetched.samples);
    std::string error = fetched.status ? fetched.warning : fetched.status.error().message;
    if (!error.empty() && error != source.last_error) {
        log(LogLevel::debug, "source " + source.config.name + ": " + error);
    }
    source.last_error = std::move(error);
    source.heard = true;
    tell_health(source);
    co_return exists ? source.source->next(lane, clock_.now()) : TimePoint::max();
}

asio::awaitable<void> Fetcher::fetch_all(std::shared_ptr<LiveSource> source) {
    for (std::size_t lane = 0; lane < source->source->lanes(); ++lane) {
        static_cast<void>(co_await fetch(*source, lane));
    }
}

void Fetcher::tell_health(LiveSource& source) {
    const metrics::SourceHealth health = source.source->health();
    const bool lost = health.lanes > 0 && health.failing == health.lanes;
    source.silent = lost && health.silent == health.lanes;
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
        "source " + source.config.name + (lost ? " fails: " + health.last_error : " answers again");
    announcer_.tell(std::move(event));
}

}  // namespace tided::daemon
