#include "daemon/shaping.h"

#include <algorithm>

#include "policy/joint/wording.h"

namespace tided::daemon {
namespace {

namespace joint = policy::joint;

joint::Settings settings_of(const config::Joint& rules, const CountRules& count) {
    joint::Settings settings = rules.settings;
    settings.min = count.min;
    settings.max = count.max;
    if (!rules.is_priced && count.price_per_hour > 0.0) {
        settings.prices = joint::prices_from({count.price_per_hour}, rules.given);
    }
    return settings;
}

/// Why no sizes are compared, or "". What cannot wait was compared whatever was seen.
std::string wanting(const joint::Settings& settings,
                    const Shaping::Usage& usage,
                    const joint::Choice& choice,
                    Duration seen) {
    if (usage.memory.count == 0) {
        return "no memory peak is known yet";
    }
    if (!choice.ranking && seen < settings.learning) {
        return to_string(seen) + " of demand was seen, and " + to_string(settings.learning) +
               " are waited for";
    }
    return "";
}

}  // namespace

std::vector<joint::TailPoint> tail_of(const policy::vpa::Aggregate& seen, Duration window) {
    const double hours = to_seconds(window) / 3600.0;
    std::vector<joint::TailPoint> points;
    for (const double share : {0.5, 0.75, 0.9, 0.95, 0.99, 1.0}) {
        const Bytes memory{static_cast<std::int64_t>(seen.memory.percentile(share))};
        if (!points.empty() && points.back().memory == memory) {
            points.pop_back();
        }
        points.push_back({.memory = memory, .more = std::min(1.0, (1.0 - share) / hours)});
    }
    return points;
}

Shaping::Shaping(const config::Joint& rules, const CountRules& count)
    : settings_(settings_of(rules, count)), given_(rules.given) {}

ShapeView Shaping::look(const Usage& usage, TimePoint now) {
    joint::Inputs inputs{.now = now,
                         .current = {.replicas = usage.replicas, .size = given_},
                         .memory = {.fixed = usage.memory},
                         .tail = {.points = usage.tail}};
    if (usage.used) {
        inputs.demand = joint::work_behind(*usage.used, usage.replicas, settings_);
    }
    const joint::Choice choice = joint::choose(settings_, inputs, state_);
    const Duration seen = joint::levels(state_.seen, now, settings_.watched).reach;
    ShapeView view{.present = choice.from};
    if (const std::string why = wanting(settings_, usage, choice, seen); !why.empty()) {
        view.text = joint::to_string(choice.from) + ": no sizes are compared yet: " + why;
        return view;
    }
    view.ranking = choice.ranking ? *choice.ranking : joint::compared(settings_, inputs, state_);
    view.text = joint::explain(choice);
    if (!choice.ranking) {
        view.text += ": " + joint::to_string(*view.ranking);
    }
    return view;
}

void Shaping::note_kill(Bytes had, TimePoint now) {
    joint::record_kill(state_, had, now, settings_);
}

}  // namespace tided::daemon
