#include "metrics/promql/parser.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "metrics/promql/lexer.h"
#include "metrics/promql/selector_parser.h"
#include "metrics/promql/signatures.h"
#include "metrics/promql/token_reader.h"
#include "metrics/promql/types.h"
#include "metrics/promql/words.h"

namespace tided::metrics::promql {
namespace {

// How deep parentheses and calls may nest, and how high a tree may grow (a + b + c + ... is as
// high as it is long). Both keep every recursion over a tree within a small stack.
constexpr std::size_t deepest_nesting = 100;
constexpr std::size_t highest_tree = 400;

using Draft = std::unique_ptr<Node>;

Level tighter(Level level) {
    return static_cast<Level>(static_cast<int>(level) + 1);
}

class Parser {
public:
    Parser(std::vector<Token> tokens, std::string_view text, Dialect dialect)
        : reader_(std::move(tokens), text), dialect_(dialect) {}

    Result<Draft> whole() {
        if (reader_.at(TokenKind::end)) {
            return reader_.refuse(0, "no expression found in input");
        }
        auto root = expression(Level::set_or);
        if (root && !reader_.at(TokenKind::end)) {
            return reader_.unexpected("expression", "operator or end of input");
        }
        return root;
    }

    [[nodiscard]] std::size_t selectors() const { return selectors_; }

private:
    // Types the node and bounds its height.
    Result<Draft> finish(Node::Form form, std::size_t begin) {
        auto node = std::make_unique<Node>();
        node->span = {begin, reader_.last_end()};
        node->form = std::move(form);
        for (const Node* child : children_of(*node)) {
            node->height = std::max(node->height, child->height + 1);
        }
        if (node->height > highest_tree) {
            return too_deep(begin);
        }
        const auto type = type_of(*node, reader_.text());
        if (!type) {
            return fail(type.error());
        }
        node->type = *type;
        return node;
    }

    [[nodiscard]] tl::unexpected<Error> too_deep(std::size_t where) const {
        return reader_.refuse(where, "expression is too deeply nested");
    }

    // Precedence climbing: reads operators that bind at least as tightly as `loosest`.
    Result<Draft> expression(Level loosest) {
        const std::size_t begin = reader_.peek().span.begin;
        if (++nesting_ > deepest_nesting) {
            return too_deep(begin);
        }
        auto left = unary();
        while (left) {
            const auto word = binary_operator(reader_.peek());
            if (!word || word->level < loosest) {
                break;
            }
            left = binary(*std::move(left), *word, begin);
        }
        --nesting_;
        return left;
    }

    Result<Draft> binary(Draft left, OperatorWord word, std::size_t begin) {
        Binary form;
        form.op = word.op;
        form.op_span = reader_.take().span;
        form.left = std::move(left);
        if (is_word(reader_.peek(), "bool")) {
            reader_.take();
            form.returns_bool = true;
        }
        if (auto read = matching(form.matching); !read) {
            return fail(std::move(read).error());
        }
        const bool is_right_associative = word.level == Level::power;
        auto right = expression(is_right_associative ? word.level : tighter(word.level));
        if (!right) {
            return right;
        }
        form.right = *std::move(right);
        return finish(std::move(form), begin);
    }

    // [on|ignoring (labels) [group_left|group_right [(labels)]]]
    Status matching(Matching& matching) {
        const std::size_t begin = reader_.peek().span.begin;
        matching.on = is_word(reader_.peek(), "on");
        if (!matching.on && !is_word(reader_.peek(), "ignoring")) {
            return {};
        }
        reader_.take();
        auto labels = parse_label_list(reader_, dialect_, "grouping opts");
        if (!labels) {
            return fail(std::move(labels).error());
        }
        matching.labels = *std::move(labels);
        const bool is_left = is_word(reader_.peek(), "group_left");
        if (is_left || is_word(reader_.peek(), "group_right")) {
            reader_.take();
            matching.group = is_left ? Matching::Group::left : Matching::Group::right;
            if (reader_.at(TokenKind::left_paren)) {
                auto include = parse_label_list(reader_, dialect_, "grouping opts");
                if (!include) {
                    return fail(std::move(include).error());
                }
                matching.include = *std::move(include);
            }
        }
        matching.span = {begin, reader_.last_end()};
        return {};
    }

    Result<Draft> unary() {
        const std::size_t begin = reader_.peek().span.begin;
        const bool is_negative = reader_.at(TokenKind::subtract);
        if (!is_negative && !reader_.at(TokenKind::add)) {
            return postfix();
        }
        reader_.take();
        auto operand = expression(Level::power);
        if (!operand) {
            return operand;
        }
        if (auto* number = std::get_if<NumberLiteral>(&(*operand)->form)) {
            return finish(NumberLiteral{is_negative ? -number->value : number->value}, begin);
        }
        return finish(Unary{.negative = is_negative, .operand = *std::move(operand)}, begin);
    }

    // An operand and the brackets and modifiers behind it.
    Result<Draft> postfix() {
        auto operand = primary();
        while (operand) {
            if (reader_.at(TokenKind::left_bracket)) {
                operand = brackets(*std::move(operand));
            } else if (reader_.at(TokenKind::at) || is_word(reader_.peek(), "offset")) {
                operand = modifier(*std::move(operand));
            } else {
                break;
            }
        }
        return operand;
    }

    Result<Draft> brackets(Draft operand) {
        const Span open = reader_.peek().span;
        const Span before = operand->span;
        const auto brackets = parse_brackets(reader_, dialect_);
        if (!brackets) {
            return fail(brackets.error());
        }
        if (brackets->is_subquery) {
            return finish(Subquery{.operand = std::move(operand),
                                   .range = brackets->range,
                                   .step = brackets->step,
                                   .shift = {}},
                          before.begin);
        }
        auto* selector = std::get_if<VectorSelector>(&operand->form);
        if (selector == nullptr) {
            return reader_.refuse(open.begin, "ranges only allowed for vector selectors");
        }
        if (!selector->shift.is_none()) {
            return reader_.refuse(selector->shift.span.begin,
                                  "no offset or @ modifiers allowed before range");
        }
        return finish(MatrixSelector{.selector = std::move(*selector), .range = brackets->range},
                      before.begin);
    }

    Result<Draft> modifier(Draft operand) {
        Shift* shift = nullptr;
        if (auto* instant = std::get_if<VectorSelector>(&operand->form)) {
            shift = &instant->shift;
        } else if (auto* ranged = std::get_if<MatrixSelector>(&operand->form)) {
            shift = &ranged->selector.shift;
        } else if (auto* subquery = std::get_if<Subquery>(&operand->form)) {
            shift = &subquery->shift;
        } else {
            return reader_.refuse(reader_.peek().span.begin,
                                  std::string{reader_.at(TokenKind::at) ? "@" : "offset"} +
                                      " modifier must be preceded by an instant vector selector "
                                      "or range vector selector or a subquery");
        }
        if (auto read = parse_modifier(reader_, dialect_, *shift); !read) {
            return fail(std::move(read).error());
        }
        operand->span.end = reader_.last_end();
        return operand;
    }

    Result<Draft> primary() {
        const Token& token = reader_.peek();
        const std::size_t begin = token.span.begin;
        switch (token.kind) {
            case TokenKind::number:
                return finish(NumberLiteral{reader_.take().number}, begin);
            case TokenKind::string:
                return finish(StringLiteral{reader_.take().text}, begin);
            case TokenKind::duration:
                return duration();
            case TokenKind::left_paren:
                return parenthesis();
            case TokenKind::left_brace:
            case TokenKind::metric:
                return selector();
            case TokenKind::word:
                return word();
            default:
                return reader_.unexpected("expression");
        }
    }

    Result<Draft> duration() {
        if (dialect_ == Dialect::prometheus_2) {
            return reader_.unexpected("expression", "a number; a duration stands in brackets");
        }
        const Token token = reader_.take();
        return finish(NumberLiteral{to_seconds(token.duration)}, token.span.begin);
    }

    Result<Draft> parenthesis() {
        const std::size_t begin = reader_.take().span.begin;
        auto inner = expression(Level::set_or);
        if (!inner) {
            return inner;
        }
        if (auto closed = reader_.expect(TokenKind::right_paren, "parenthesis", "\")\""); !closed) {
            return fail(std::move(closed).error());
        }
        return finish(Parenthesis{*std::move(inner)}, begin);
    }

    Result<Draft> selector() {
        auto selector = parse_selector(reader_, dialect_);
        if (!selector) {
            return fail(std::move(selector).error());
        }
        selector->index = selectors_++;
        const std::size_t begin = selector->span.begin;
        return finish(*std::move(selector), begin);
    }

    // A word is a number (inf), an aggregation, a call or a metric, told apart by what follows.
    Result<Draft> word() {
        const Token& token = reader_.peek();
        if (const auto value = number_word(token)) {
            return finish(NumberLiteral{*value}, reader_.take().span.begin);
        }
        const Token& follower = reader_.peek(1);
        const bool is_opened = follower.kind == TokenKind::left_paren;
        const auto aggregate = aggregate_operator(token.text, dialect_);
        if (aggregate && (is_opened || is_word(follower, "by") || is_word(follower, "without"))) {
            return aggregation(*aggregate);
        }
        if (is_reserved(token)) {
            return reader_.unexpected("expression");
        }
        return is_opened ? call() : selector();
    }

    Result<Draft> call() {
        const Token name = reader_.take();
        const Function* function = find_function(name.text, dialect_);
        if (function == nullptr) {
            return reader_.refuse(name.span.begin, unknown_function(name.text, dialect_));
        }
        auto arguments = argument_list("function call");
        if (!arguments) {
            return fail(std::move(arguments).error());
        }
        return finish(Call{.function = function, .arguments = *std::move(arguments)},
                      name.span.begin);
    }

    Result<std::vector<NodePtr>> argument_list(std::string_view where) {
        std::vector<NodePtr> arguments;
        if (auto opened = reader_.expect(TokenKind::left_paren, where, "\"(\""); !opened) {
            return fail(std::move(opened).error());
        }
        if (reader_.take_if(TokenKind::right_paren)) {
            return arguments;
        }
        for (;;) {
            auto argument = expression(Level::set_or);
            if (!argument) {
                return fail(std::move(argument).error());
            }
            arguments.push_back(*std::move(argument));
            if (reader_.take_if(TokenKind::right_paren)) {
                return arguments;
            }
            if (!reader_.take_if(TokenKind::comma)) {
                return reader_.unexpected(where, "\",\" or \")\"");
            }
        }
    }

    // agg [by|without (labels)] (arguments) or agg (arguments) [by|without (labels)]
    Result<Draft> aggregation(AggregateOp op) {
        const std::size_t begin = reader_.take().span.begin;
        Aggregation form;
        form.op = op;
        const auto before = grouping(form.grouping);
        if (!before) {
            return fail(before.error());
        }
        auto arguments = argument_list("aggregation");
        if (!arguments) {
            return fail(std::move(arguments).error());
        }
        if (!*before) {
            if (const auto after = grouping(form.grouping); !after) {
                return fail(after.error());
            }
        }
        const std::size_t wanted = takes_parameter(op) ? 2 : 1;
        if (arguments->size() != wanted) {
            return reader_.refuse(begin,
                                  "wrong number of arguments for aggregate expression provided, "
                                  "expected " +
                                      std::to_string(wanted) + ", got " +
                                      std::to_string(arguments->size()));
        }
        form.operand = std::move(arguments->back());
        form.parameter = wanted == 2 ? std::move(arguments->front()) : nullptr;
        return finish(std::move(form), begin);
    }

    // True when there was one.
    Result<bool> grouping(Grouping& grouping) {
        const bool is_without = is_word(reader_.peek(), "without");
        if (!is_without && !is_word(reader_.peek(), "by")) {
            return false;
        }
        reader_.take();
        auto labels = parse_label_list(reader_, dialect_, "grouping opts");
        if (!labels) {
            return fail(std::move(labels).error());
        }
        grouping = {.labels = *std::move(labels), .without = is_without};
        return true;
    }

    TokenReader reader_;
    Dialect dialect_;
    std::size_t selectors_ = 0;
    std::size_t nesting_ = 0;
};

}  // namespace

Result<Expression> parse(std::string text, Dialect dialect) {
    auto tokens = tokenize(text);
    if (!tokens) {
        return fail(std::move(tokens).error());
    }
    Parser parser{*std::move(tokens), text, dialect};
    auto root = parser.whole();
    if (!root) {
        return fail(std::move(root).error());
    }
    return Expression{.text = std::move(text),
                      .dialect = dialect,
                      .root = *std::move(root),
                      .selectors = parser.selectors()};
}

}  // namespace tided::metrics::promql
