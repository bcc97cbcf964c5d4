#include "metrics/discovery/finder.h"

#include <algorithm>

namespace tided::metrics {
namespace {

namespace asio = boost::asio;

// Config has refused rules that cannot be made; without them nothing may be scraped.
Relabelling rules_of(const ScrapeSpec& spec, std::string& refused) {
    auto made = Relabelling::make(spec.discovery.relabel);
    if (!made) {
        refused = made.error().message;
        return {};
    }
    return *std::move(made);
}

}  // namespace

Finder::Finder(const ScrapeSpec& spec,
               const DiscoveryPorts& ports,
               std::function<void(TargetSet::Change)> on_change)
    : spec_(spec), on_change_(std::move(on_change)), targets_(spec, rules_of(spec, refused_)) {
    if (refused_.empty()) {
        make_all(ports);
    }
}

void Finder::make_all(const DiscoveryPorts& ports) {
    const DiscoverySpec& spec = spec_.discovery;
    if (spec.file && ports.host != nullptr) {
        add(make_discovery(*spec.file, *ports.host, ears()));
    }
    if (spec.http && ports.http != nullptr) {
        add(make_discovery(*spec.http, *ports.http, ears()));
    }
    if (spec.dns && ports.host != nullptr) {
        for (const std::string& name : spec.dns->names) {
            add(make_discovery(*spec.dns, name, *ports.host, ears()));
        }
    }
    if (spec.kubernetes && ports.kubernetes != nullptr) {
        const std::vector<std::string> all{""};
        const std::vector<std::string>& named = spec.kubernetes->namespaces;
        for (const std::string& space : named.empty() ? all : named) {
            add(make_discovery(*spec.kubernetes, space, *ports.kubernetes, ears()));
        }
    }
    if (spec.pool && ports.pool_members) {
        for (const std::string& pool : spec.pool->pools) {
            add(make_discovery(*spec.pool, pool, ports.pool_members, ears()));
        }
    }
}

DiscoveryEars Finder::ears() {
    const std::size_t index = lookouts_.size();
    return {.found =
                [this, index](const std::vector<Found>& news) {
                    if (!is_ended_) {
                        lookouts_[index].error.clear();
                        on_change_(targets_.take(news));
                    }
                },
            .due =
                [this, index] {
                    due_.push_back(index);
                    if (on_due_ && !is_ended_) {
                        on_due_();
                    }
                }};
}

void Finder::begin() {
    if (refused_.empty() && !spec_.targets.empty()) {
        on_change_(targets_.take({{.place = "listed", .targets = listed_targets(spec_)}}));
    }
}

asio::awaitable<Status> Finder::look(std::size_t index, Deadline deadline) {
    Status status = co_await lookouts_[index].discovery->look(deadline);
    Lookout& lookout = lookouts_[index];
    lookout.is_tried = true;
    lookout.error = status ? "" : status.error().message;
    co_return status;
}

bool Finder::is_complete() const {
    return refused_.empty() &&
           std::all_of(lookouts_.begin(), lookouts_.end(), [](const Lookout& l) {
               return l.discovery->is_complete();
           });
}

bool Finder::is_tried() const {
    return std::all_of(
        lookouts_.begin(), lookouts_.end(), [](const Lookout& l) { return l.is_tried; });
}

bool Finder::is_failing() const {
    return targets_.is_over_limit() ||
           std::any_of(lookouts_.begin(), lookouts_.end(), [](const Lookout& l) {
               return !l.error.empty();
           });
}

std::string Finder::trouble() const {
    if (!refused_.empty()) {
        return refused_;
    }
    for (const Lookout& lookout : lookouts_) {
        if (!lookout.error.empty()) {
            return lookout.error;
        }
    }
    return targets_.trouble();
}

void Finder::end() {
    is_ended_ = true;
    for (const Lookout& lookout : lookouts_) {
        lookout.discovery->end();
    }
}

}  // namespace tided::metrics
