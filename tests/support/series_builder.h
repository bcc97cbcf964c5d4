// SeriesBuilder: a store filled by hand. Instants are seconds after `epoch`; a missing value is a
// gap, `stale` a staleness marker.
//
//   SeriesBuilder data;
//   data.add({{"__name__", "x"}}, 0, 15, {1, 2, gap, 4, stale});
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "metrics/store.h"
#include "policy/vocab/labels.h"

namespace tided::metrics::test {

inline constexpr TimePoint epoch{std::chrono::seconds{1'000'000}};

[[nodiscard]] inline TimePoint at_second(double seconds) {
    return epoch + Duration{static_cast<Duration::rep>(seconds * 1000.0)};
}

inline const std::optional<double> gap = std::nullopt;
inline const std::optional<double> stale = stale_marker();

class SeriesBuilder {
public:
    SeriesBuilder() { store_->keep(std::chrono::hours{24}); }

    SeriesBuilder& add(Labels labels,
                       int first,
                       int step,
                       const std::vector<std::optional<double>>& values) {
        const SeriesId id = store_->intern(normalised(std::move(labels))).value();
        int second = first;
        for (const auto& value : values) {
            if (value) {
                store_->append(id, at_second(second), *value);
            }
            second += step;
        }
        return *this;
    }

    [[nodiscard]] Store& store() { return *store_; }

private:
    std::unique_ptr<Store> store_ = std::make_unique<Store>();
};

}  // namespace tided::metrics::test
