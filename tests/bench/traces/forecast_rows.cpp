#include "tests/bench/traces/forecast_rows.h"

#include <memory>

#include "policy/forecast/outlook.h"
#include "policy/forecast/release.h"
#include "policy/strategy.h"
#include "tests/bench/traces/trace.h"

namespace tided::bench {

namespace {

using namespace std::chrono_literals;
using namespace tided::policy;

constexpr Duration age_of_newest = 30s;

struct Mind {
    forecast::Memory memory = {};
    forecast::SteadyNeeds recent = {};
};

Replicas decide(Mind& mind, const Sight& sight) {
    const forecast::Seen seen{.load = sight.samples.back().load / limit_of_use,
                              .at = sight.now - age_of_newest};
    const forecast::Outlook outlook =
        forecast::look_ahead(mind.memory, seen, sight.observed, sight.now);
    const forecast::Need need{.now = rounded_up(outlook.load),
                              .least = rounded_up(outlook.least),
                              .steady = rounded_up(outlook.steady)};
    return forecast::released(
        mind.recent, need, sight.observed.replicas, outlook.agitation, sight.now);
}

}  // namespace

Controller forecasting() {
    const auto mind = std::make_shared<Mind>();
    return [mind](const Sight& sight) { return decide(*mind, sight); };
}

}  // namespace tided::bench
