#include "daemon/config/spelling.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace tided::config {

/// One row of the table at a time.
std::size_t distance(std::string_view left, std::string_view right, std::size_t limit) {
    if (std::max(left.size(), right.size()) - std::min(left.size(), right.size()) > limit) {
        return limit + 1;
    }
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < left.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < right.size(); ++j) {
            const std::size_t changed = diagonal + (left[i] == right[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

std::string did_you_mean(std::string_view wrong, const std::vector<std::string_view>& candidates) {
    constexpr std::size_t longest = 64;
    std::size_t best = std::min<std::size_t>(3, wrong.size() / 3 + 1) + 1;
    std::string_view nearest;
    for (const std::string_view candidate : candidates) {
        if (wrong.size() > longest || candidate.size() > longest) {
            continue;
        }
        const std::size_t far = distance(wrong, candidate, best);
        if (far < best) {
            best = far;
            nearest = candidate;
        }
    }
    for (const std::string_view candidate : candidates) {
        const bool is_longer_form = wrong.starts_with(candidate) || candidate.starts_with(wrong);
        if (nearest.empty() && std::min(wrong.size(), candidate.size()) >= 3 && is_longer_form) {
            nearest = candidate;
        }
    }
    return nearest.empty() ? "" : "did you mean '" + std::string{nearest} + "'?";
}

}  // namespace tided::config
