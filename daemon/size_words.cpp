#include "daemon/size_words.h"

#include <array>
#include <cstdio>

#include "policy/guard.h"
#include "policy/vocab/time.h"

namespace tided::daemon {
namespace {

namespace vpa = policy::vpa;

std::string number(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.3g", value);
    return text.data();
}

std::string bytes_in_words(std::int64_t bytes) {
    constexpr std::int64_t kibi = 1024;
    constexpr std::int64_t mebi = kibi * kibi;
    const std::int64_t unit = bytes >= 10 * mebi ? mebi : bytes >= 10 * kibi ? kibi : 1;
    const std::int64_t count = bytes / unit + (bytes % unit == 0 ? 0 : 1);
    return std::to_string(count) + (unit == mebi ? "Mi" : unit == kibi ? "Ki" : "");
}

std::string_view name_of(vpa::Resource resource) {
    return resource == vpa::Resource::cpu ? "cpu" : "memory";
}

/// What made the target of one resource.
std::string origin_of(vpa::Resource resource,
                      const ContainerSize& size,
                      const vpa::Settings& settings,
                      const vpa::Amounts& share) {
    const vpa::Amount target = *size.target[resource];
    const vpa::Amount uncapped = *size.uncapped[resource];
    const vpa::ResourceSettings& rules =
        resource == vpa::Resource::cpu ? settings.cpu : settings.memory;
    std::string text = std::string{name_of(resource)} + ' ' + in_words(resource, uncapped);
    text += share[resource] && uncapped <= *share[resource]
                ? " is the least that a container gets"
                : " is what covers " + number(rules.target_percentile * 100.0) +
                      "% of its usage, and " + number(settings.margin.value * 100.0) + "% more";
    if (target < uncapped) {
        text += "; held at max " + in_words(resource, target);
    } else if (uncapped < target) {
        text += "; raised to min " + in_words(resource, target);
    }
    return text;
}

}  // namespace

std::string in_words(vpa::Resource resource, vpa::Amount amount) {
    if (resource == vpa::Resource::memory) {
        return bytes_in_words(amount.count);
    }
    return amount.count % 1000 == 0 ? std::to_string(amount.count / 1000)
                                    : std::to_string(amount.count) + "m";
}

std::vector<std::string> reasons_of(const ContainerSize& size,
                                    const vpa::Settings& settings,
                                    const vpa::Amounts& share) {
    std::vector<std::string> reasons;
    for (const vpa::Resource resource : vpa::all_resources) {
        if (size.target[resource] && size.uncapped[resource]) {
            reasons.push_back(origin_of(resource, size, settings, share));
        }
    }
    std::string known = std::to_string(size.samples) + " CPU samples";
    if (size.samples > 0) {
        known += " since " + policy::instant(size.first_sample) + ", confidence " +
                 number(size.confidence);
    }
    reasons.push_back(std::move(known));
    return reasons;
}

}  // namespace tided::daemon
