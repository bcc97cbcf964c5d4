// Matcher: one condition of a selector on one label, as PromQL writes it:
//
//   name="v"  equal      name!="v"  not_equal      name=~"re"  regex      name!~"re"  not_regex
//
// An absent label is an empty one. Regular expressions are RE2 and fully anchored; "." matches
// "\n" as in Prometheus 3 (2.x: not). A matcher is compiled once and copies cheaply.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "policy/vocab/labels.h"
#include "policy/vocab/result.h"

namespace tided::metrics {

enum class MatchOp : std::uint8_t { equal, not_equal, regex, not_regex };

/// What "." means in a regular expression.
enum class RegexDialect : std::uint8_t { prometheus_2, prometheus_3 };

class Matcher {
public:
    /// Errors: invalid_input, when `value` is not a regular expression and `op` wants one.
    [[nodiscard]] static Result<Matcher> make(std::string name,
                                              MatchOp op,
                                              std::string value,
                                              RegexDialect dialect = RegexDialect::prometheus_3);

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] MatchOp op() const { return op_; }
    [[nodiscard]] const std::string& value() const { return value_; }

    /// Whether a label of this value ("" = absent) satisfies the condition.
    [[nodiscard]] bool matches(std::string_view value) const;
    [[nodiscard]] bool matches(const Labels& labels) const;

    /// The same text means the same condition.
    friend bool operator==(const Matcher& a, const Matcher& b) {
        return a.name_ == b.name_ && a.op_ == b.op_ && a.value_ == b.value_;
    }

private:
    struct Regex;

    Matcher(std::string name, MatchOp op, std::string value)
        : name_(std::move(name)), value_(std::move(value)), op_(op) {}

    std::string name_;
    std::string value_;
    MatchOp op_;
    std::shared_ptr<const Regex> regex_;  ///< only of regex and not_regex
};

/// As PromQL writes it: `job=~"web.*"`.
[[nodiscard]] std::string to_string(const Matcher& matcher);

}  // namespace tided::metrics
