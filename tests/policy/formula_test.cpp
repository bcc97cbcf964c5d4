// Formulas: the language, its mistakes, and what becomes of readings that are not fresh.
#include "policy/formula.h"

#include <array>
#include <string>

#include <doctest/doctest.h>

#include "policy/formula_text.h"
#include "tests/support/policy_words.h"
#include "tests/support/strategy_rig.h"

using namespace tided;
using namespace tided::policy;
using namespace std::chrono_literals;

namespace {

constexpr std::uint8_t a = 0;
constexpr std::uint8_t b = 1;
constexpr std::uint8_t nobody = 0xff;
const Reading missing = Reading::absent(Absence::no_series);

std::optional<std::uint8_t> index_of(std::string_view name) {
    return name == "a" ? std::optional{a} : name == "b" ? std::optional{b} : std::nullopt;
}

Reading evaluated(std::string_view text, const Reading& first, const Reading& second) {
    const auto formula = compile_formula(text, index_of);
    REQUIRE(formula.has_value());
    const std::array readings{first, second};
    return evaluate(*formula, readings);
}

/// With a = 7 and b = 2.
double value_of(std::string_view text) {
    const Reading reading = evaluated(text, fresh(7.0), fresh(2.0));
    CHECK(reading.is_fresh());
    return reading.value;
}

}  // namespace

TEST_CASE("formula: what binds tighter, from left to right, signs and functions") {
    struct Row {
        const char* text;
        double value;
    };
    const std::array<Row, 35> rows{{{"a", 7.0},
                                    {"1.5e1", 15.0},
                                    {".5", 0.5},
                                    {"a + b * 3", 13.0},
                                    {"(a + b) * 3", 27.0},
                                    {"a - b - 1", 4.0},
                                    {"a / b / 2", 1.75},
                                    {"a % 4", 3.0},
                                    {"-a % 4", -3.0},
                                    {"-a + b", -5.0},
                                    {"- -a", 7.0},
                                    {"2 - -b", 4.0},
                                    {"a > b", 1.0},
                                    {"a < b", 0.0},
                                    {"a >= 7", 1.0},
                                    {"b <= 1", 0.0},
                                    {"a == 7", 1.0},
                                    {"a != 7", 0.0},
                                    {"a + 1 > b * 4", 0.0},
                                    {"a > 1 and b > 5 or b == 2", 1.0},
                                    {"a > 9 and (b > 5 or b == 2)", 0.0},
                                    {"not a > 9", 1.0},
                                    {"not a > 9 and b > 5", 0.0},
                                    {"min(a, b, -1)", -1.0},
                                    {"max(a/100, b / 30)", 0.07},
                                    {"clamp(a, 0, 5)", 5.0},
                                    {"clamp(b, 3, 5)", 3.0},
                                    {"abs(b - a)", 5.0},
                                    {"ceil(a / b) + floor(a / b)", 7.0},
                                    {"round(2.5) - round(-2.5)", 6.0},
                                    {"sqrt(b * 8)", 4.0},
                                    {"ln(exp(b))", 2.0},
                                    {"if(a > b, a, b)", 7.0},
                                    {"if(a < b, a, b) * 10", 20.0},
                                    {"default(a, 1)", 7.0}}};
    for (const Row& row : rows) {
        INFO(row.text);
        CHECK(value_of(row.text) == row.value);
    }
}

TEST_CASE("formula: a mistake has its place and says what was expected") {
    struct Row {
        std::string text;
        std::size_t at;
        const char* message;
    };
    const std::array<Row, 18> rows{
        {{"", 0, "expected a number, a metric or '(', not the end"},
         {"a +", 3, "expected a number, a metric or '(', not the end"},
         {"a * * b", 4, "expected a number, a metric or '(', not '*'"},
         {"a b", 2, "expected an operator, not 'b'"},
         {"(a + b", 6, "expected ')', not the end"},
         {"a)", 1, "expected an operator, not ')'"},
         {"a < b < 3", 6, "comparisons do not chain: write 'a < b and b < c'"},
         {"a + queue", 4, "there is no metric 'queue' in this policy"},
         {"a + {x}", 4, "expected a number, a metric or '(', not '{'"},
         {"avg(a, b)", 0, "there is no function 'avg'"},
         {"1 + clamp(a, b)", 4, "'clamp' takes 3 values, not 2"},
         {"abs(a, b)", 0, "'abs' takes 1 value, not 2"},
         {"min(a)", 0, "'min' takes at least 2 values, not 1"},
         {"if(a, b, 1, 2)", 0, "'if' takes 3 values, not 4"},
         {"1e + a", 0, "'1e' is not a number"},
         {"1.5.5", 3, "expected an operator, not '.'"},
         {std::string(100, '(') + "a", 64, "nested more than 64 deep"},
         {"a ! b", 2, "expected an operator, not '!'"}}};
    for (const Row& row : rows) {
        INFO(row.text);
        const auto formula = compile_formula(row.text, index_of);
        REQUIRE_FALSE(formula.has_value());
        CHECK(formula.error().message == row.message);
        CHECK(formula.error().at == row.at);
    }
    CHECK(compile_formula("a + queue", index_of).error().unknown == "queue");
    CHECK(compile_formula("avg(a, b)", index_of).error().is_function);
}

TEST_CASE("formula: more values at once than the stack holds are refused, a long sum is none") {
    std::string nested = "1";
    std::string sum = "1";
    for (int i = 0; i < 40; ++i) {
        nested = "min(a, " + nested + ")";
        sum += " + a";
    }
    CHECK(compile_formula(nested, index_of).error().message ==
          "more than 32 values wait at once here");
    CHECK(value_of(sum) == 281.0);
}

TEST_CASE("formula: as old as the oldest, as uncertain as the worst, blamed on who is") {
    const Reading old = Reading::of(7.0, 20s, 30s);
    const Reading stale = Reading::of(7.0, 45s, 30s);
    Reading partial = fresh(7.0);
    partial.freshness = Freshness::partial;

    CHECK(evaluated("a + b", old, fresh(2.0)).age == 20s);
    CHECK(evaluated("a + b", fresh(2.0), old).is_fresh());

    const Reading outdated = evaluated("b + a", stale, fresh(2.0));
    CHECK(outdated.freshness == Freshness::stale);
    CHECK(outdated.value == 9.0);
    CHECK(outdated.culprit == a);

    CHECK(evaluated("a * b", fresh(2.0), partial).freshness == Freshness::partial);
    CHECK(evaluated("a * b", fresh(2.0), partial).culprit == b);

    const Reading none = evaluated("a * b", partial, missing);
    CHECK(none.freshness == Freshness::absent);
    CHECK(none.absence == Absence::no_series);
    CHECK(none.culprit == b);
}

TEST_CASE("formula: what is not needed does not matter") {
    CHECK(evaluated("if(a > 5, 1, b)", fresh(7.0), missing).is_fresh());
    CHECK_FALSE(evaluated("if(a > 9, 1, b)", fresh(7.0), missing).is_fresh());
    CHECK_FALSE(evaluated("if(b, 1, 2)", fresh(7.0), missing).is_fresh());
    CHECK(evaluated("3", missing, missing).is_fresh());
}

TEST_CASE("formula: only default() gives a value to what has none, and then it may only raise") {
    for (const Reading& gone : {missing, Reading::of(7.0, 45s, 30s)}) {
        const Reading reading = evaluated("a + default(b, 5)", fresh(1.0), gone);
        CHECK(reading.value == 6.0);
        CHECK(reading.freshness == Freshness::partial);
        CHECK(reading.culprit == b);
        CHECK(reading.absence == (gone == missing ? Absence::no_series : Absence::outdated));
    }
    CHECK(evaluated("default(a, 5) + b", missing, missing).freshness == Freshness::absent);
    CHECK(evaluated("default(a, b)", missing, missing).culprit == b);
}

TEST_CASE("formula: what is not a finite number is absent, at every step of the way") {
    for (const char* text : {"a / 0",
                             "0 / 0",
                             "a % 0",
                             "sqrt(-a)",
                             "ln(0)",
                             "exp(1000)",
                             "1e300 * 1e300",
                             "1 / (1 / 0)"}) {
        INFO(text);
        const Reading reading = evaluated(text, fresh(7.0), fresh(2.0));
        CHECK(reading.freshness == Freshness::absent);
        CHECK(reading.absence == Absence::not_a_number);
        CHECK(reading.culprit == nobody);
    }
    CHECK(evaluated("if(b > 0, a / b, 0)", fresh(7.0), fresh(0.0)).is_fresh());
    CHECK(evaluated("default(a / b, 4)", fresh(7.0), fresh(0.0)).value == 4.0);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(evaluated("a", fresh(nan), fresh(0.0)).culprit == a);
}
