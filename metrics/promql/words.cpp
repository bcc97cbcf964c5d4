#include "metrics/promql/words.h"

#include <algorithm>
#include <array>
#include <limits>

#include "metrics/utf8.h"

namespace tided::metrics::promql {
namespace {

char small_letter(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equals_ignoring_case(std::string_view text, std::string_view small) {
    return std::equal(text.begin(), text.end(), small.begin(), small.end(), [](char a, char b) {
        return small_letter(a) == b;
    });
}

struct SignRow {
    TokenKind kind;
    OperatorWord meaning;
};

constexpr std::array<SignRow, 12> signs{
    {{TokenKind::equal, {BinaryOp::equal, Level::comparison}},
     {TokenKind::not_equal, {BinaryOp::not_equal, Level::comparison}},
     {TokenKind::less, {BinaryOp::less, Level::comparison}},
     {TokenKind::greater, {BinaryOp::greater, Level::comparison}},
     {TokenKind::less_equal, {BinaryOp::less_equal, Level::comparison}},
     {TokenKind::greater_equal, {BinaryOp::greater_equal, Level::comparison}},
     {TokenKind::add, {BinaryOp::add, Level::sum}},
     {TokenKind::subtract, {BinaryOp::subtract, Level::sum}},
     {TokenKind::multiply, {BinaryOp::multiply, Level::product}},
     {TokenKind::divide, {BinaryOp::divide, Level::product}},
     {TokenKind::modulo, {BinaryOp::modulo, Level::product}},
     {TokenKind::power, {BinaryOp::power, Level::power}}}};

struct WordRow {
    std::string_view word;
    OperatorWord meaning;
};

constexpr std::array<WordRow, 4> operator_words{{{"or", {BinaryOp::set_or, Level::set_or}},
                                                 {"and", {BinaryOp::set_and, Level::set_and}},
                                                 {"unless", {BinaryOp::set_unless, Level::set_and}},
                                                 {"atan2", {BinaryOp::atan2, Level::product}}}};

}  // namespace

std::optional<OperatorWord> binary_operator(const Token& token) {
    for (const SignRow& row : signs) {
        if (row.kind == token.kind) {
            return row.meaning;
        }
    }
    for (const WordRow& row : operator_words) {
        if (is_word(token, row.word)) {
            return row.meaning;
        }
    }
    return std::nullopt;
}

std::optional<AggregateOp> aggregate_operator(std::string_view word, Dialect dialect) {
    const AggregateOp last =
        dialect == Dialect::prometheus_2 ? AggregateOp::count_values : AggregateOp::limit_ratio;
    for (auto op = AggregateOp::sum; op <= last;
         op = static_cast<AggregateOp>(static_cast<int>(op) + 1)) {
        if (equals_ignoring_case(word, to_string(op))) {
            return op;
        }
    }
    return std::nullopt;
}

bool takes_parameter(AggregateOp op) {
    return op >= AggregateOp::topk;
}

bool is_word(const Token& token, std::string_view small) {
    return token.kind == TokenKind::word && equals_ignoring_case(token.text, small);
}

bool is_reserved(const Token& token) {
    static constexpr std::string_view words[]{
        "bool", "on", "ignoring", "group_left", "group_right", "atan2"};
    return std::any_of(std::begin(words), std::end(words), [&token](std::string_view word) {
        return is_word(token, word);
    });
}

bool is_label_name(std::string_view name, Dialect dialect) {
    if (dialect == Dialect::prometheus_3) {
        return !name.empty() && valid_utf8_prefix(name) == name.size();
    }
    const auto is_letter = [](char c) { return small_letter(c) >= 'a' && small_letter(c) <= 'z'; };
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return !name.empty() && !is_digit(name.front()) &&
           std::all_of(name.begin(), name.end(), [&](char c) {
               return is_letter(c) || is_digit(c) || c == '_';
           });
}

std::optional<double> number_word(const Token& token) {
    if (is_word(token, "inf")) {
        return std::numeric_limits<double>::infinity();
    }
    if (is_word(token, "nan")) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    return std::nullopt;
}

}  // namespace tided::metrics::promql
