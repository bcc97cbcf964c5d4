// Telemetry: the daemon's own metrics. All of them are declared here and listed in tided(8); a
// test compares the two. Counters exist at 0 from the start; a gauge is absent until its value is
// known. Fixed families go through prometheus-cpp's core; per-policy series are rendered from
// the daemon's view in chunks, so a scrape of 10,000 policies never stalls the loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/telemetry/template_gauges.h"
#include "policy/vocab/event.h"
#include "policy/vocab/reading.h"
#include "policy/vocab/time.h"
#include "policy/vocab/units.h"

namespace tided::metrics {
struct Fetched;
struct SourceHealth;
}  // namespace tided::metrics

namespace tided::daemon {

struct SizeView;

/// What one policy shows of itself: the source of its metric series, of the API and of `status`.
/// Owned by the loop, rewritten in place every tick.
struct MetricView {
    std::string name;
    Reading reading;
    std::optional<double> target = std::nullopt;  ///< the level it is held at
    std::string source;
};

struct PolicyView {
    std::string name;
    std::string made_of{};  ///< the template it is an instance of, or ""
    std::string pool;
    std::string provider;
    std::string mode;  ///< "act" or "dry-run"
    Replicas min{};
    Replicas max{};
    Replicas min_now{};  ///< in force: schedules move them within min..max
    Replicas max_now{};
    std::optional<Replicas> current;
    std::optional<Replicas> ready;
    std::optional<Replicas> desired;
    std::optional<Duration> start_time = std::nullopt;  ///< of a replica, learned
    std::vector<MetricView> metrics;
    std::string last_reason;  ///< the last explain line
    std::vector<std::string> reasons;
    std::string pause;               ///< "" or "paused by … until …: …"
    std::string approval{};          ///< "" or "steps up to … are approved by … until …: …"
    std::string trouble;             ///< why replicas that should run do not, ""
    std::string schedule_trouble{};  ///< why its schedule does not hold whole, or ""
    TimePoint decided_at{};
    std::uint64_t ups = 0, downs = 0, holds = 0;  ///< tided_decisions_total{policy,direction}
    std::uint64_t refusals = 0;
    const SizeView* sizes = nullptr;  ///< null: its instances are not sized
};

/// Access to the policies for rendering: `at(i)` for i < count(); may shrink between chunks.
struct PolicyViews {
    virtual ~PolicyViews() = default;
    [[nodiscard]] virtual std::size_t count() const = 0;
    [[nodiscard]] virtual const PolicyView& at(std::size_t index) const = 0;
    /// nullptr when there is none of that name.
    [[nodiscard]] virtual const PolicyView* find(std::string_view name) const = 0;
};

/// The index of the first policy behind `name`, which may be gone: for pages that go on where they
/// were, whoever came or went meanwhile.
[[nodiscard]] std::size_t first_after(const PolicyViews& policies, std::string_view name);

class Telemetry {
public:
    Telemetry();
    ~Telemetry();
    Telemetry(const Telemetry&) = delete;
    Telemetry& operator=(const Telemetry&) = delete;

    /// Creates the labelled series of what exists, at 0 (called at start and after a reload).
    void declare_source(std::string_view source);
    void declare_provider(std::string_view provider);
    /// After a reload without it: its gauges go, its counters stay until the restart.
    void forget_source(std::string_view source);

    void count(const Event& event);  ///< tided_events_total{kind}
    /// `outcome`: "done", "refused", "failed", "abandoned", "rehearsed" (dry-run).
    void action(std::string_view provider, std::string_view outcome);
    /// `late`: from when the fetch was due to its answer.
    void scrape(std::string_view source, const metrics::Fetched& fetched, Duration late);
    void tick(double seconds);
    void stall(double seconds);
    void reload(bool successful, TimePoint at);
    void clock_jump();
    void state_commit(double seconds, bool ok);
    void set_ready(bool ready);
    void source_health(std::string_view source, const metrics::SourceHealth& health);
    /// Targets of a source that finds them: in force, and dropped by its rules.
    void targets(std::string_view source, std::size_t found, std::size_t dropped, bool failing);
    void discovery(std::string_view source, bool ok);  ///< one look for targets
    /// `kind`: "conflicting", "out_of_order", "ahead", "out_of_range", "malformed".
    void odd_samples(std::string_view source, std::string_view kind, std::uint64_t more);
    /// `limit`: the key in the policy file of the limit that refused a page.
    void page_over_limit(std::string_view source, std::string_view limit);
    void restarts(std::string_view pool, std::uint64_t more);
    /// An instance's pool went: thousands may come and go.
    void forget_pool(std::string_view pool);
    void instances(std::string_view policy, const InstanceCounts& counts);
    void forget_template(std::string_view policy);
    void steps_in_flight(std::size_t count);
    void state_backlog(std::size_t transactions);
    void self_partitioned(bool frozen);
    /// `outcome`: "sent", "failed", "dropped", "duplicate".
    void notification(std::string_view outcome);
    /// Version of the running program, for tided_build_info.
    void build(std::string_view version, std::string_view build);

    enum class Format : std::uint8_t { text_0_0_4, openmetrics_1_0 };

    /// A page in pieces: calls to next() give chunks (a few hundred series each) until it is
    /// empty; the caller yields to the loop between them.
    class Page {
    public:
        virtual ~Page() = default;
        [[nodiscard]] virtual std::string next() = 0;
    };
    [[nodiscard]] std::unique_ptr<Page> page(Format format, const PolicyViews& policies);

    struct Impl;

private:
    std::unique_ptr<Impl> impl_;
};

/// Names of all own metrics, sorted: compared with tided(8) by a test.
[[nodiscard]] std::vector<std::string> own_metric_names();

}  // namespace tided::daemon
