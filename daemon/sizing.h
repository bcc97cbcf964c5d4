// Sizing: what is known of the usage of one policy's instances, and which size follows from it.
//
//   Source --measure--> elements --by their labels--> instance, container
//     --instant, cores or bytes--> vpa::Ledger --merged, estimated, capped--> SizeView
//
// It recommends and does nothing: whoever resizes instances reads the view. An element is refused
// when it is no finite number from 0 up, or older than five minutes; it is dated by its samples, so
// that what a source says twice counts once. A counter of kills that falls begins anew. An instance
// that is not seen for an hour is let go; what was learned of it stays with its container's name.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/checkpoint_json.h"
#include "daemon/config/vertical.h"
#include "daemon/shaping.h"
#include "daemon/size_view.h"
#include "daemon/state/usage_codec.h"
#include "metrics/source.h"
#include "policy/vocab/result.h"
#include "policy/vocab/shared.h"
#include "policy/vocab/time.h"
#include "policy/vpa/ledger.h"

namespace tided::daemon {

class Sizing {
public:
    /// Of each usage that is asked for, the number of its query at the source.
    using Questions = std::array<std::size_t, config::usages>;

    /// REQUIRES: there are `rules`.
    Sizing(std::string policy, Shared<config::Vertical> rules, const CountRules& count);

    /// Goes on with what was known, by its own rules. Errors: corrupt; then nothing is known.
    [[nodiscard]] Status resume(const UsageMemory& known, TimePoint now);
    /// Goes on with what `former` knows, which may have had other rules.
    [[nodiscard]] Status succeed(const Sizing& former, TimePoint now);
    [[nodiscard]] UsageMemory memory() const;

    [[nodiscard]] bool is_due(TimePoint now) const { return due_ <= now; }
    /// Takes what the source has of its questions at `now`.
    void look(metrics::Source& source, const Questions& questions, TimePoint now);

    [[nodiscard]] const SizeView& view() const { return view_; }
    /// Something was learned since the last call of was_saved().
    [[nodiscard]] bool is_unsaved() const { return is_unsaved_; }
    void was_saved(bool saved) { is_unsaved_ = !saved; }

    /// In upstream's form, one for each container.
    [[nodiscard]] std::vector<NamedCheckpoint> checkpoints(TimePoint now);
    /// Replaces what was loaded for these containers before. Errors: one that cannot be taken; then
    /// none is.
    [[nodiscard]] Status load(const std::vector<NamedCheckpoint>& checkpoints, TimePoint now);

    /// After a wall-clock jump.
    void rebase(Duration jump, TimePoint now);

private:
    struct Place {
        policy::vpa::InstanceId instance;
        std::string container;

        friend auto operator<=>(const Place&, const Place&) = default;
    };
    struct Known {
        TimePoint seen{};
        std::map<std::string, double, std::less<>> kills{};  ///< by container, when last read
    };
    using Values = std::map<Place, double>;

    void note_absence(std::size_t usage);
    template <typename Use>
    void for_each(config::Usage usage, TimePoint now, const Use& use);
    [[nodiscard]] Place place_of(const Labels& labels) const;
    [[nodiscard]] Values values_of(config::Usage usage, TimePoint now);
    policy::vpa::Ledger::Container* container_at(const Place& place, TimePoint now);
    void take_usage(TimePoint now);
    void take_kills(TimePoint now);
    [[nodiscard]] policy::vpa::DayClass day_of(TimePoint at) const;
    void let_go(TimePoint now);
    void note(policy::vpa::Verdict verdict);
    void recommend(TimePoint now);
    void shape(TimePoint now);

    std::string policy_;
    Shared<config::Vertical> rules_;
    policy::vpa::Ledger ledger_;
    std::map<policy::vpa::InstanceId, Known> known_;
    std::array<metrics::Measurements, config::usages> heard_;  ///< of the look at hand
    policy::joint::Cores used_{};                              ///< the same: by all instances
    std::vector<policy::joint::TailPoint> tail_;               ///< of the only container there is
    std::optional<Shaping> shaping_;
    Duration phase_{};
    TimePoint due_{};
    bool is_unsaved_ = false;
    SizeView view_;
};

}  // namespace tided::daemon
