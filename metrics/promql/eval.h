// Eval: the value of an expression at one instant, on the samples of a store, with Prometheus'
// semantics: staleness markers, lookback, left-open ranges (dialect 3) or closed ones (dialect 2),
// comparison as filter, vector matching, the metric name dropped by what changes the value.
// Unlike Prometheus every element carries when its samples were taken: with "offset" as seen from
// the instant that it looks back to, and never getting older when it is pinned by "@ 1600000000".
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "metrics/promql/ast.h"
#include "metrics/store.h"
#include "policy/vocab/labels.h"
#include "policy/vocab/result.h"
#include "policy/vocab/sample.h"
#include "policy/vocab/time.h"

namespace tided::metrics::promql {

struct Options {
    Dialect dialect = Dialect::prometheus_3;
    Duration lookback = std::chrono::minutes{5};
    Duration step = std::chrono::minutes{1};   ///< of subqueries that name none
    std::size_t most_evaluations = 1'000'000;  ///< that subqueries may take together
    std::size_t most_samples = 50'000'000;     ///< that they may read
};

/// What start(), end() and step() name: of an instant query its own instant and 0.
struct Bounds {
    TimePoint start;
    TimePoint end;
    Duration step{};
};

/// When the samples behind an element were taken.
struct Origin {
    TimePoint latest = TimePoint::max();  ///< the newest sample; of several series the oldest one
    bool ended = false;                   ///< every series behind it has ended

    /// No sample is behind it: a literal, time(), absent(), "@ 1600000000".
    [[nodiscard]] bool is_constant() const { return latest == TimePoint::max(); }

    /// Adds one more series to an aggregate: living ones speak for those that ended, constants
    /// for none.
    void merge(const Origin& other);

    /// That of the same series at a later evaluation; a constant there says nothing of its age.
    void follow(const Origin& later);

    /// The origin of a value that needs both: as old as the older, ended when one has.
    void join(const Origin& other);

    friend bool operator==(const Origin&, const Origin&) = default;
};

struct Element {
    Labels labels{};
    double value = 0.0;
    Origin origin{};

    friend bool operator==(const Element&, const Element&) = default;
};

struct SeriesRange {
    Labels labels{};
    std::vector<Sample> samples;
};

using Vector = std::vector<Element>;
using Matrix = std::vector<SeriesRange>;

/// double: a scalar. The alternatives stand in the order of ValueType.
using Value = std::variant<double, Vector, Matrix, std::string>;

/// The value for a policy: the number alone, without building labels nobody reads.
struct Single {
    enum class Count : std::uint8_t { none, one, many } count = Count::none;
    double value = 0.0;
    Origin origin{};
    bool window_short = false;  ///< a living series had too few samples in a range
};

class SharedParts;  // promql/shared_parts.h

/// Evaluates one expression again and again. It remembers which series of the store its selectors
/// find until the store's version moves, and reuses its memory.
class Evaluator {
public:
    /// REQUIRES: check_supported(expression).
    explicit Evaluator(Expression expression, Options options = {});
    Evaluator(Evaluator&&) noexcept;
    Evaluator& operator=(Evaluator&&) noexcept;
    ~Evaluator();

    [[nodiscard]] const Expression& expression() const;

    /// From now on shares the values of its parts with the other evaluators that share `parts` and
    /// stand on the same store. REQUIRES: once at most; the same options as theirs.
    void share(std::shared_ptr<SharedParts> parts);

    /// Elements and series come sorted by labels, unless the expression itself orders them (sort,
    /// topk). Errors: invalid_input, when elements cannot be told apart or paired, an argument is
    /// out of range, or subqueries would take too many evaluations ("LINE:COL: …").
    [[nodiscard]] Result<Value> at(const Store& store, TimePoint now);

    /// As one step of a range query.
    [[nodiscard]] Result<Value> at(const Store& store, TimePoint now, Bounds bounds);

    /// The same for a policy. REQUIRES: the expression is an instant vector or a scalar.
    [[nodiscard]] Result<Single> single(const Store& store,
                                        TimePoint now,
                                        Held held = Held::at_last);

private:
    class Machine;
    std::unique_ptr<Machine> machine_;
};

}  // namespace tided::metrics::promql
