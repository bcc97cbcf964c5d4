#include "metrics/scrape_lanes.h"

#include <algorithm>

#include "metrics/phase.h"

namespace tided::metrics {

ScrapeLane::ScrapeLane(const ScrapeSpec& spec,
                       Target target,
                       Store& store,
                       const Wanted& wanted,
                       PageReader::Room& room)
    : phase(phase_of(target.url, spec.name, spec.interval)),
      scraper(spec, std::move(target), store, &wanted, &room) {}

void ScrapeLanes::change(TargetSet::Change&& change) {
    for (const TargetId id : change.gone) {
        remove(id);
    }
    for (auto& [id, target] : change.come) {
        add(id, std::move(target));
    }
}

void ScrapeLanes::add(TargetId id, Target target) {
    std::size_t number = lanes_.size();
    if (free_.empty()) {
        lanes_.emplace_back();
    } else {
        number = free_.back();
        free_.pop_back();
    }
    lanes_[number] = std::make_shared<ScrapeLane>(spec_, std::move(target), store_, wanted_, room_);
    numbers_.emplace(id, number);
    moved_.push_back(number);
    if (are_noted_) {
        newcomers_.push_back(lanes_[number]);
    }
}

void ScrapeLanes::remove(TargetId id) {
    const auto at = numbers_.find(id);
    const std::size_t number = at->second;
    numbers_.erase(at);
    Lane lane = std::exchange(lanes_[number], nullptr);
    count(*lane, -1);
    lane->is_gone = true;
    if (lane->under_way == 0) {
        free_.push_back(number);
    }
    moved_.push_back(number);
    std::erase(newcomers_, lane);
    leaving_.push_back(std::move(lane));
}

void ScrapeLanes::count(const ScrapeLane& lane, std::ptrdiff_t sign) {
    failing_ += lane.is_failing ? static_cast<std::size_t>(sign) : 0;
    silent_ += lane.is_silent ? static_cast<std::size_t>(sign) : 0;
}

void ScrapeLanes::end(ScrapeLane& lane, std::size_t number) {
    if (--lane.under_way == 0 && lane.is_gone) {
        free_.push_back(number);
    }
}

// Who answers after its series had ended begins anew: its windows are empty.
void ScrapeLanes::judge(const Lane& lane, const Outcome& outcome, TimePoint now) {
    count(*lane, -1);
    lane->is_failing = outcome.is_failing;
    lane->is_silent = outcome.is_silent;
    lane->is_refusing = outcome.is_refusing;
    count(*lane, 1);
    if (outcome.is_failing) {
        lane->has_ended = lane->scraper.has_ended();
        return;
    }
    lane->told_at = now;
    if (std::exchange(lane->has_ended, false) || !lane->known_since) {
        lane->known_since = now;
        if (are_noted_ &&
            std::find(newcomers_.begin(), newcomers_.end(), lane) == newcomers_.end()) {
            newcomers_.push_back(lane);
        }
    }
}

void ScrapeLanes::end_gone(TimePoint now) {
    for (const Lane& lane : leaving_) {
        lane->scraper.end(now);
    }
    leaving_.clear();
}

const std::vector<ScrapeLanes::Lane>& ScrapeLanes::newcomers(TimePoint now, Duration settled) {
    std::erase_if(newcomers_, [&](const Lane& lane) {
        return lane->is_gone || (lane->known_since && now - *lane->known_since >= settled);
    });
    return newcomers_;
}

void ScrapeLanes::rebase(Duration jump) {
    for (const Lane& lane : lanes_) {
        if (lane) {
            lane->scraper.rebase(jump);
            for (std::optional<TimePoint>* const at : {&lane->known_since, &lane->told_at}) {
                *at = *at ? std::optional{**at + jump} : std::nullopt;
            }
        }
    }
}

}  // namespace tided::metrics
