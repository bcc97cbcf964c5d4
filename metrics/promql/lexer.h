// Lexer: PromQL text to tokens with their places. Word tokens are not told apart into keywords
// and names here: `sum`, `by` or `offset` may be metric names too, and only the parser knows.
//
//   in [...] and after an operand's modifiers, ":" stands alone; elsewhere it may be part of a name
//   "# ..." to the end of the line is a comment
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "metrics/promql/ast.h"
#include "policy/vocab/result.h"

namespace tided::metrics::promql {

enum class TokenKind : std::uint8_t {
    end,
    word,      ///< [a-zA-Z_][a-zA-Z0-9_]*
    metric,    ///< a word with ":" in it
    number,    ///< value
    duration,  ///< duration, written with units
    string,    ///< text, unescaped
    left_paren,
    right_paren,
    left_brace,
    right_brace,
    left_bracket,
    right_bracket,
    comma,
    colon,
    at,
    add,
    subtract,
    multiply,
    divide,
    modulo,
    power,
    assign,     ///< =
    equal,      ///< ==
    not_equal,  ///< !=
    match,      ///< =~
    not_match,  ///< !~
    less,
    greater,
    less_equal,
    greater_equal,
};

struct Token {
    TokenKind kind = TokenKind::end;
    Span span{};
    std::string text{};   ///< of word, metric and string
    double number = 0.0;  ///< of number
    Duration duration{};  ///< of duration
};

/// The tokens of `text`; the last one is `end`.
/// Errors: invalid_input, "LINE:COL: " and what is wrong there.
[[nodiscard]] Result<std::vector<Token>> tokenize(std::string_view text);

/// As messages name a token: `number "5"`, `"("`, `end of input`.
[[nodiscard]] std::string describe(const Token& token, std::string_view text);

}  // namespace tided::metrics::promql
