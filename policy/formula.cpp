#include "policy/formula.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace tided::policy {

namespace {

constexpr std::uint8_t nobody = Reading{}.culprit;

double truth(bool claim) {
    return claim ? 1.0 : 0.0;
}

struct Operation {
    Op op{};
    std::size_t taken = 0;
    /// Of one value or two; null for those that do not compute with all that they take.
    double (*compute)(double, double) = nullptr;
};

/// In the order of Op.
constexpr std::array<Operation, 28> operations{
    {{Op::constant, 0},
     {Op::metric, 0},
     {Op::negate, 1, [](double a, double) { return -a; }},
     {Op::logical_not, 1, [](double a, double) { return truth(a == 0.0); }},
     {Op::add, 2, [](double a, double b) { return a + b; }},
     {Op::subtract, 2, [](double a, double b) { return a - b; }},
     {Op::multiply, 2, [](double a, double b) { return a * b; }},
     {Op::divide, 2, [](double a, double b) { return a / b; }},
     {Op::modulo, 2, [](double a, double b) { return std::fmod(a, b); }},
     {Op::less, 2, [](double a, double b) { return truth(a < b); }},
     {Op::less_equal, 2, [](double a, double b) { return truth(a <= b); }},
     {Op::greater, 2, [](double a, double b) { return truth(a > b); }},
     {Op::greater_equal, 2, [](double a, double b) { return truth(a >= b); }},
     {Op::equal, 2, [](double a, double b) { return truth(a == b); }},
     {Op::not_equal, 2, [](double a, double b) { return truth(a != b); }},
     {Op::logical_and, 2, [](double a, double b) { return truth(a != 0.0 && b != 0.0); }},
     {Op::logical_or, 2, [](double a, double b) { return truth(a != 0.0 || b != 0.0); }},
     {Op::smaller, 2, [](double a, double b) { return std::min(a, b); }},
     {Op::larger, 2, [](double a, double b) { return std::max(a, b); }},
     {Op::absolute, 1, [](double a, double) { return std::abs(a); }},
     {Op::ceiling, 1, [](double a, double) { return std::ceil(a); }},
     {Op::floor, 1, [](double a, double) { return std::floor(a); }},
     {Op::round, 1, [](double a, double) { return std::round(a); }},
     {Op::square_root, 1, [](double a, double) { return std::sqrt(a); }},
     {Op::exponential, 1, [](double a, double) { return std::exp(a); }},
     {Op::logarithm, 1, [](double a, double) { return std::log(a); }},
     {Op::choose, 3},
     {Op::otherwise, 2}}};

const Operation& operation_of(Op op) {
    return operations[static_cast<std::size_t>(op)];
}

Reading constant(double value) {
    return {.value = value, .freshness = Freshness::fresh, .absence = Absence::none};
}

/// A reading as it goes into a formula: what is wrong with it has a name from here on.
Reading taken_in(std::uint8_t metric, std::span<const Reading> readings) {
    Reading reading =
        metric < readings.size() ? readings[metric] : Reading::absent(Absence::never_seen);
    if (reading.freshness != Freshness::absent && !std::isfinite(reading.value)) {
        reading = Reading::absent(Absence::not_a_number);
    }
    if (!reading.is_fresh() && reading.culprit == nobody) {
        reading.culprit = metric;
    }
    reading.rung = 0;
    return reading;
}

/// `value`, as old and as uncertain as the two that it needs.
Reading needing(const Reading& a, const Reading& b, double value) {
    Reading result = b.freshness < a.freshness ? b : a;
    result.value = value;
    result.age = std::max(a.age, b.age);
    const bool has_value = result.freshness != Freshness::absent;
    return has_value && !std::isfinite(value) ? Reading::absent(Absence::not_a_number) : result;
}

Reading chosen(const Reading& condition, const Reading& yes, const Reading& no) {
    const Reading& branch = condition.value != 0.0 ? yes : no;
    return needing(condition, branch, branch.value);
}

Reading defaulted(const Reading& reading, const Reading& substitute) {
    if (reading.freshness >= Freshness::partial) {
        return reading;
    }
    Reading result = substitute;
    if (result.freshness >= Freshness::partial) {
        result.freshness = Freshness::partial;
        result.culprit = reading.culprit;
        result.absence =
            reading.freshness == Freshness::stale ? Absence::outdated : reading.absence;
    }
    return result;
}

/// The result of an operation on what stands at `taken`.
Reading result_of(const Operation& operation, const Reading* taken) {
    switch (operation.op) {
        case Op::choose:
            return chosen(taken[0], taken[1], taken[2]);
        case Op::otherwise:
            return defaulted(taken[0], taken[1]);
        default: {
            const Reading& last = taken[operation.taken - 1];
            return needing(taken[0], last, operation.compute(taken[0].value, last.value));
        }
    }
}

}  // namespace

std::size_t taken_by(Op op) {
    return operation_of(op).taken;
}

Reading evaluate(const Formula& formula, std::span<const Reading> readings) {
    std::array<Reading, Formula::most_depth> stack{};
    std::size_t depth = 0;
    for (const Instruction& instruction : formula.program) {
        const Operation& operation = operation_of(instruction.op);
        depth -= operation.taken;
        stack[depth] = instruction.op == Op::constant ? constant(instruction.constant)
                       : instruction.op == Op::metric ? taken_in(instruction.metric, readings)
                                                      : result_of(operation, &stack[depth]);
        ++depth;
    }
    return depth == 0 ? Reading::absent(Absence::not_evaluated) : stack[0];
}

}  // namespace tided::policy
