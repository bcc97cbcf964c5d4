#include "metrics/query_groups.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "metrics/promql/print.h"
#include "metrics/promql/signatures.h"
#include "metrics/utf8.h"
#include "policy/vocab/labels.h"

namespace tided::metrics {
namespace {

using promql::AggregateOp;
using promql::Node;

constexpr std::size_t most_value_bytes = 16 * 1024;

/// What a part of an expression gives once it is spread over a label. While one value is asked for,
/// an element that carries the label is paired otherwise than one that has dropped it.
enum class Part : std::uint8_t {
    constant,  ///< the same scalar for all values
    carrying,  ///< elements of series of one value each, which show it also in the single query
    dropping,  ///< such elements, which show it only in the common query
    mixed,     ///< anything else
};

bool is_kept(Part part) {
    return part == Part::carrying || part == Part::dropping;
}

bool has(const std::vector<std::string>& labels, const std::string& label) {
    return std::find(labels.begin(), labels.end(), label) != labels.end();
}

// Functions of whole vectors that treat each element, or each histogram, for itself.
bool minds_its_own(std::string_view name) {
    static constexpr std::string_view names[]{"clamp",
                                              "clamp_max",
                                              "clamp_min",
                                              "histogram_fraction",
                                              "histogram_quantile",
                                              "round",
                                              "timestamp"};
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

class Spreading {
public:
    explicit Spreading(std::string label) : label_(std::move(label)) {}

    [[nodiscard]] Part of(const Node& wrapped) const {
        const Node& node = promql::unwrapped(wrapped);
        return std::visit([this](const auto& form) { return this->part(form); }, node.form);
    }

private:
    [[nodiscard]] static Part part(const promql::NumberLiteral&) { return Part::constant; }
    [[nodiscard]] static Part part(const promql::StringLiteral&) { return Part::mixed; }
    [[nodiscard]] static Part part(const promql::VectorSelector&) { return Part::carrying; }
    [[nodiscard]] static Part part(const promql::MatrixSelector&) { return Part::carrying; }
    [[nodiscard]] Part part(const promql::Subquery& subquery) const {
        return of(*subquery.operand);
    }
    [[nodiscard]] Part part(const promql::Unary& unary) const { return of(*unary.operand); }
    [[nodiscard]] Part part(const promql::Parenthesis& inner) const { return of(*inner.inner); }

    [[nodiscard]] Part part(const promql::Call& call) const {
        const promql::Function& function = *call.function;
        Part all = Part::constant;
        for (std::size_t i = 0; i < call.arguments.size(); ++i) {
            const bool is_scalar = function.parameter(i) == promql::ValueType::scalar;
            const Part argument = of(*call.arguments[i]);
            if (argument == Part::mixed || is_scalar != (argument == Part::constant)) {
                return Part::mixed;
            }
            all = is_scalar ? all : argument;
        }
        if (function.result == promql::ValueType::scalar) {
            return all == Part::constant ? all : Part::mixed;
        }
        const bool is_of_each = (function.over_range != nullptr && !function.absence) ||
                                function.each != nullptr || minds_its_own(function.name);
        return is_of_each && is_kept(all) ? all : Part::mixed;
    }

    [[nodiscard]] Part part(const promql::Aggregation& aggregation) const {
        const bool is_of_values =
            aggregation.op <= AggregateOp::stdvar || aggregation.op == AggregateOp::quantile;
        const bool is_fixed =
            !aggregation.parameter || of(*aggregation.parameter) == Part::constant;
        const Part operand = of(*aggregation.operand);
        if (!is_of_values || !is_fixed || !is_kept(operand)) {
            return Part::mixed;
        }
        const promql::Grouping& grouping = aggregation.grouping;
        return has(grouping.labels, label_) != grouping.without ? operand : Part::dropping;
    }

    [[nodiscard]] Part part(const promql::Binary& binary) const {
        const Part left = of(*binary.left);
        const Part right = of(*binary.right);
        if (left == Part::mixed || right == Part::mixed) {
            return Part::mixed;
        }
        if (left == Part::constant || right == Part::constant) {
            return left == Part::constant ? right : left;
        }
        return paired(binary, left, right);
    }

    [[nodiscard]] Part paired(const promql::Binary& binary, Part left, Part right) const {
        const promql::Matching& matching = binary.matching;
        const bool is_paired_by_label = has(matching.labels, label_) == matching.on;
        const bool is_or = binary.op == promql::BinaryOp::set_or;
        if (left != right && (is_paired_by_label || is_or)) {
            return Part::mixed;
        }
        if (promql::is_set_operator(binary.op)) {
            return left;
        }
        if (matching.group == promql::Matching::Group::none) {
            return is_paired_by_label ? left : Part::dropping;
        }
        const bool is_left = matching.group == promql::Matching::Group::left;
        return is_left != has(matching.include, label_) ? left : right;
    }

    std::string label_;
};

// Labels with a meaning of their own on the way; "selector" tells the age companion's columns
// apart (metrics/sample_age.h).
bool is_special(std::string_view label) {
    return label == metric_name_label || label == "le" || label == "selector";
}

/// The one value to which `selector` holds `label`, or "".
std::string fixed_value(const promql::VectorSelector& selector, const std::string& label) {
    std::string value;
    for (const Matcher& matcher : selector.matchers) {
        if (matcher.name() == label) {
            if (matcher.op() != MatchOp::equal || !value.empty()) {
                return {};
            }
            value = matcher.value();
        }
    }
    return valid_utf8_prefix(value) == value.size() ? value : std::string{};
}

/// The labels that each selector holds to one and the same value: those to spread over.
std::map<std::string, std::string> fixed_labels(const promql::Expression& expression) {
    const auto selectors = promql::selectors_of(expression);
    std::map<std::string, std::string> labels;
    if (selectors.empty()) {
        return labels;
    }
    for (const Matcher& matcher : selectors.front().selector->matchers) {
        const std::string value = fixed_value(*selectors.front().selector, matcher.name());
        const bool is_everywhere =
            std::all_of(selectors.begin(), selectors.end(), [&](const promql::SelectorUse& use) {
                return fixed_value(*use.selector, matcher.name()) == value;
            });
        if (!value.empty() && is_everywhere && !is_special(matcher.name()) &&
            is_kept(Spreading{matcher.name()}.of(*expression.root))) {
            labels.emplace(matcher.name(), value);
        }
    }
    return labels;
}

/// A way to spread one question.
struct Way {
    std::string label;
    std::string value;
    std::string shape;  ///< alike for questions that differ in the value alone
};

std::vector<Way> ways_of(const promql::Expression& expression) {
    static constexpr std::string_view hole = "?";
    std::vector<Way> ways;
    for (auto& [label, value] : fixed_labels(expression)) {
        std::string shape =
            label + "\n" + promql::print(expression, {.label = label, .condition = hole});
        ways.push_back({.label = label, .value = std::move(value), .shape = std::move(shape)});
    }
    return ways;
}

// As Go's regexp.QuoteMeta.
std::string as_regex(std::string_view text) {
    static constexpr std::string_view special = R"(\.+*?()|[]{}^$)";
    std::string regex;
    for (const char c : text) {
        regex += special.find(c) != std::string_view::npos ? "\\" : "";
        regex += c;
    }
    return regex;
}

std::string condition(const std::string& label, const std::vector<std::string>& values) {
    std::string regex;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (i == 0 || values[i] != values[i - 1]) {
            regex += (i == 0 ? "" : "|") + as_regex(values[i]);
        }
    }
    return promql::label_text(label) + "=~" + promql::quoted(regex);
}

struct Candidate {
    std::size_t question = 0;
    Way way;
};

/// Cuts the questions of one shape, sorted by value, into groups within bounds.
class Cutter {
public:
    Cutter(const std::vector<GroupMember>& questions, std::vector<QueryGroup>& groups)
        : questions_(questions), groups_(groups) {}

    void add(Candidate candidate) {
        const std::size_t limit = questions_[candidate.question].most_together;
        const std::size_t bytes = as_regex(candidate.way.value).size() + 1;
        if (group_.members.size() >= std::min(limit_, limit) || bytes_ + bytes > most_value_bytes) {
            close();
        }
        limit_ = group_.members.empty() ? limit : std::min(limit_, limit);
        bytes_ += bytes;
        group_.label = std::move(candidate.way.label);
        group_.members.push_back(candidate.question);
        group_.values.push_back(std::move(candidate.way.value));
    }

    void close() {
        if (group_.members.size() == 1) {
            groups_.push_back({.members = group_.members, .label = {}, .values = {}, .query = {}});
        } else if (!group_.members.empty()) {
            const promql::Expression& first = *questions_[group_.members.front()].expression;
            const std::string among = condition(group_.label, group_.values);
            group_.query = promql::print(first, {.label = group_.label, .condition = among});
            groups_.push_back(std::move(group_));
        }
        group_ = {};
        bytes_ = 0;
        limit_ = static_cast<std::size_t>(-1);
    }

private:
    const std::vector<GroupMember>& questions_;
    std::vector<QueryGroup>& groups_;
    QueryGroup group_;
    std::size_t bytes_ = 0;
    std::size_t limit_ = static_cast<std::size_t>(-1);
};

}  // namespace

std::vector<QueryGroup> group_queries(const std::vector<GroupMember>& questions) {
    std::vector<std::vector<Way>> ways(questions.size());
    std::unordered_map<std::string, std::size_t> popularity;
    for (std::size_t i = 0; i < questions.size(); ++i) {
        if (questions[i].most_together > 1) {
            ways[i] = ways_of(*questions[i].expression);
        }
        for (const Way& way : ways[i]) {
            ++popularity[way.shape];
        }
    }
    std::vector<QueryGroup> groups;
    std::map<std::string, std::vector<Candidate>> by_shape;
    for (std::size_t i = 0; i < questions.size(); ++i) {
        // The way that most others go; of equals the first label.
        const auto best = std::max_element(
            ways[i].begin(), ways[i].end(), [&popularity](const Way& a, const Way& b) {
                return popularity[a.shape] < popularity[b.shape];
            });
        if (best == ways[i].end()) {
            groups.push_back({.members = {i}, .label = {}, .values = {}, .query = {}});
        } else {
            by_shape[best->shape].push_back({.question = i, .way = *best});
        }
    }
    for (auto& [shape, candidates] : by_shape) {
        std::sort(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) {
            return a.way.value < b.way.value;
        });
        Cutter cutter{questions, groups};
        for (Candidate& candidate : candidates) {
            cutter.add(std::move(candidate));
        }
        cutter.close();
    }
    return groups;
}

}  // namespace tided::metrics
