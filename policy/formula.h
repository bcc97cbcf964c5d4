// Formula: the reading of a metric that is computed from the readings of others, as a small program
// in postfix form over a stack of readings. formula_text.h has the language and makes programs.
//
//   age         that of the oldest reading that was needed
//   freshness   the worst of those that were needed; `culprit` is the metric it comes from
//   no value    when one that was needed has none; not_a_number when a result is not finite, as
//               after a division by zero
//
// Needed is what the result depends on: of if(c, a, b) the condition and the branch taken. The only
// way for what is absent or stale to get a value is default(x, d): d takes its place, and the
// reading is partial then, which may raise the count and never lowers it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "policy/vocab/reading.h"

namespace tided::policy {

enum class Op : std::uint8_t {
    constant,  ///< pushes Instruction::constant
    metric,    ///< pushes the reading of Instruction::metric
    negate,
    logical_not,
    add,
    subtract,
    multiply,
    divide,
    modulo,
    less,
    less_equal,
    greater,
    greater_equal,
    equal,
    not_equal,
    logical_and,
    logical_or,
    smaller,
    larger,
    absolute,
    ceiling,
    floor,
    round,
    square_root,
    exponential,
    logarithm,
    choose,     ///< if(c, a, b)
    otherwise,  ///< default(x, d)
};

struct Instruction {
    Op op{};
    std::uint8_t metric = 0;  ///< index into PolicySpec::metrics
    double constant = 0.0;

    friend bool operator==(const Instruction&, const Instruction&) = default;
};

struct Formula {
    static constexpr std::size_t most_depth = 32;  ///< of the stack

    std::vector<Instruction> program = {};

    [[nodiscard]] bool empty() const { return program.empty(); }
    friend bool operator==(const Formula&, const Formula&) = default;
};

/// How many values an operation takes off the stack; it puts one on.
[[nodiscard]] std::size_t taken_by(Op op);

/// REQUIRES: the program leaves one value and never more than most_depth; what the text of a
/// formula was made into does. A metric that `readings` lacks is absent. Does not allocate.
[[nodiscard]] Reading evaluate(const Formula& formula, std::span<const Reading> readings);

}  // namespace tided::policy
