// Sample age: how old the samples behind a Prometheus server's answer are.
//
// An instant query answers with its evaluation time and hides a dead exporter: for up to five
// minutes where nobody marked its series' end, and for as long as a range reaches back otherwise.
// So a companion query asks, at the same instant, when each selector of the expression last got a
// sample:
//
//   label_replace(max(timestamp(m{a="b"})),"selector","0","","") or label_replace(...,"1",...)
//
// Why so:
// * max per selector. While one series of a selector gets samples, the selector is alive. Ended
//   ones linger in a server whenever stamps come from the exporter (no staleness markers then),
//   and pods come and go all the time: the oldest series would make every roll-out look stale.
// * min over the selectors. a / b is as old as the older of both: b's exporter may be dead alone.
// * No timestamp where there was one: the server has marked the series' end, yet rate(m[1m]) goes
//   on giving values from what is left in its range, falling ones at that. The selector keeps the
//   last instant seen and ages from there. Where none was ever seen the age is unknown, which is
//   stale.
// * An instant selector without a timestamp has no samples behind the value: at once it is missing,
//   and what was seen of it before says nothing. sum(m) or vector(0) is then the 0.
// * a or b: a's age while a may still be part of the value; once its range is past, b's. What
//   stands in for missing data, as vector(0), vouches for nothing. a unless b: a's. absent(a):
//   absence is what is asked for, the answer itself is the sample.
// * m offset 1h is meant to be an hour old: its age counts from the instant it asks for. A fixed
//   "@ 1600000000" never ages; "@ start()" and "@ end()" are the evaluation time itself.
// Of a query that asks for many values of a label (metrics/query_groups.h) the ages are asked for
// by that label too: max by (tenant) (timestamp(m{tenant=~"a|b"})). Limits: a recording rule's
// samples are as young as the rule's last run, whatever its inputs. A selector of several metric
// names fails in timestamp() when their labels are alike; such a reading is never fresh, and the
// failure says why.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "metrics/promql/ast.h"
#include "metrics/promql_api.h"
#include "policy/vocab/result.h"
#include "policy/vocab/time.h"

namespace tided::metrics {

class SampleAge {
public:
    /// With `label`: the companion tells its values apart.
    explicit SampleAge(promql::Expression expression, const std::string& label = {});

    [[nodiscard]] const promql::Expression& expression() const { return expression_; }

    /// The companion query; "" when the expression selects nothing that could age.
    [[nodiscard]] const std::string& companion() const { return companion_; }

    /// Remembers what the companion query answered. `ahead` is how far our clock is ahead of the
    /// server's: what is remembered is told by ours.
    void learn(const ApiAnswer& answer, Duration ahead = {});

    /// The instant from which a value evaluated at `at` ages, by the answers learned so far.
    /// Nothing when it is unknown.
    [[nodiscard]] std::optional<TimePoint> sampled_at(TimePoint at) const;

    /// How far back samples behind a value may lie: what an unknown age may amount to.
    [[nodiscard]] Duration reach() const;

    /// Forgets what was learned.
    void forget();

    /// Shifts what was learned, after a wall-clock jump.
    void rebase(Duration jump);

private:
    struct Selector {
        std::string timestamps;  ///< "timestamp(m{...} offset 1h)"
        Duration offset{};
        Duration reach{};  ///< range or lookback: how long its last sample stays in the value
        bool is_constant = false;
        bool is_instant = false;        ///< no range reads what is left of it
        std::optional<TimePoint> last;  ///< offset added back
    };
    struct Instant {
        enum class Kind : std::uint8_t { constant, missing, known } kind = Kind::constant;
        TimePoint at{};
    };

    [[nodiscard]] Instant of(const promql::Node& node, TimePoint at) const;
    [[nodiscard]] Instant of(const Selector& selector, TimePoint at) const;
    [[nodiscard]] static Instant both(Instant a, Instant b);
    [[nodiscard]] static Instant either(Instant first, Instant second);
    void build_companion(const std::string& label);

    promql::Expression expression_;
    std::vector<Selector> selectors_;
    std::string companion_;
};

}  // namespace tided::metrics
