// TargetSet: the targets of one source, from what its discoveries find. It judges only what
// changed, counts equal targets once, and gives back what came and what went.
//
//   place (a file's group, a pod ...) -> found labels -> targets, each with its users
//   news of a place replace what was there; a place without targets is gone
//
// More targets than target_limit: nothing comes and nothing goes until it is fewer again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "metrics/discovery/target.h"

namespace tided::metrics {

/// What stands in one place now.
struct Found {
    std::string place;  ///< unique in its source
    std::vector<Labels> targets;

    friend bool operator==(const Found&, const Found&) = default;
};

/// A target of a set; never used again after it went.
using TargetId = std::uint64_t;

class TargetSet {
public:
    struct Change {
        std::vector<std::pair<TargetId, Target>> come;
        std::vector<TargetId> gone;
    };

    /// REQUIRES: `spec` outlives it.
    TargetSet(const ScrapeSpec& spec, Relabelling relabelling);

    /// Takes the news of some places and tells what follows.
    [[nodiscard]] Change take(const std::vector<Found>& news);

    [[nodiscard]] std::size_t size() const { return in_force_; }
    /// Found targets that the rules drop.
    [[nodiscard]] std::size_t dropped() const { return dropped_; }
    /// More are found than may be.
    [[nodiscard]] bool is_over_limit() const { return wanted_ > spec_.discovery.target_limit; }
    /// What an operator must know: a limit that bites, targets that are none; "" when nothing.
    [[nodiscard]] std::string trouble() const;

private:
    struct Fingerprint {
        std::uint64_t low = 0;
        std::uint64_t high = 0;
        friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
    };
    struct Place {
        Fingerprint content;
        std::vector<std::string> targets;  ///< keys
        std::size_t dropped = 0;
        std::size_t invalid = 0;
    };
    struct Entry {
        Target target;
        TargetId id = 0;  ///< 0: not in force
        std::size_t users = 0;
        bool is_pending = false;
    };

    static Fingerprint fingerprint_of(const std::vector<Labels>& targets);
    [[nodiscard]] Place judge(const std::vector<Labels>& targets);
    void use(const std::string& key, Target target);
    void leave(const Place& place);
    void note(const std::string& key, Entry& entry);
    [[nodiscard]] Change settle();
    void forget_settled();

    const ScrapeSpec& spec_;
    Relabelling relabelling_;
    std::unordered_map<std::string, Place> places_;
    std::unordered_map<std::string, Entry> entries_;
    std::vector<std::string> pending_;  ///< keys whose users came or went
    std::size_t wanted_ = 0;            ///< entries with users
    std::size_t in_force_ = 0;
    std::size_t dropped_ = 0;
    std::size_t invalid_ = 0;
    std::string last_invalid_;
    TargetId last_id_ = 0;
};

}  // namespace tided::metrics
