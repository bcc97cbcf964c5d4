#include "policy/forecast/surge.h"

#include <algorithm>

namespace tided::policy::forecast {

namespace {

constexpr double entries_ahead = 4.0;
constexpr double most = 2.0;          // times the load
constexpr double out_of_usual = 4.0;  // times agitation

}  // namespace

double surge(const LoadHistory& history, double agitation) {
    const double load = history.ago(0);
    const double rise = history.size < 2 ? 0.0 : load - history.ago(1);
    if (rise <= out_of_usual * agitation * load) {
        return load;
    }
    return std::min(load + entries_ahead * rise, most * load);
}

}  // namespace tided::policy::forecast
