#include "metrics/promql/lexer.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <utility>

#include "metrics/promql/literals.h"

namespace tided::metrics::promql {
namespace {

constexpr std::string_view digits = "0123456789";

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::string quoted(std::string_view text) {
    return "\"" + std::string{text} + "\"";
}

std::string shown(char c) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f) {
        return {'\'', c, '\''};
    }
    char hex[16];
    std::snprintf(hex, sizeof hex, "byte 0x%02x", unsigned{byte});
    return hex;
}

class Lexer {
public:
    explicit Lexer(std::string_view text) : text_(text) {}

    Result<std::vector<Token>> run() {
        std::vector<Token> tokens;
        for (;;) {
            skip_blanks();
            const std::size_t begin = at_;
            if (at_ == text_.size()) {
                tokens.push_back({.kind = TokenKind::end, .span = {begin, begin}});
                return tokens;
            }
            auto token = next();
            if (!token) {
                return fail(std::move(token).error());
            }
            token->span = {begin, at_};
            tokens.push_back(*std::move(token));
        }
    }

private:
    [[nodiscard]] char peek(std::size_t ahead = 0) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }

    [[nodiscard]] tl::unexpected<Error> refuse(std::size_t where, std::string what) const {
        return fail(ErrorCode::invalid_input, position_prefix(text_, where) + std::move(what));
    }

    void skip_blanks() {
        while (at_ < text_.size()) {
            if (is_space(text_[at_])) {
                ++at_;
            } else if (text_[at_] == '#') {
                const auto line_end = text_.find('\n', at_);
                at_ = line_end == std::string_view::npos ? text_.size() : line_end;
            } else {
                return;
            }
        }
    }

    void skip_run(std::string_view of) {
        const auto stop = text_.find_first_not_of(of, at_);
        at_ = stop == std::string_view::npos ? text_.size() : stop;
    }

    bool skip_one(std::string_view of) {
        if (at_ < text_.size() && of.find(text_[at_]) != std::string_view::npos) {
            ++at_;
            return true;
        }
        return false;
    }

    Result<Token> next() {
        const char c = peek();
        if (is_letter(c) || (c == ':' && brackets_ == 0)) {
            return word();
        }
        if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
            return number_or_duration();
        }
        if (c == '"' || c == '\'' || c == '`') {
            return string(c);
        }
        return sign();
    }

    Token word() {
        const std::size_t begin = at_;
        bool has_colon = false;
        while (is_letter(peek()) || is_digit(peek()) || (peek() == ':' && brackets_ == 0)) {
            has_colon = has_colon || peek() == ':';
            ++at_;
        }
        return {.kind = has_colon ? TokenKind::metric : TokenKind::word,
                .text = std::string{text_.substr(begin, at_ - begin)}};
    }

    // A number ends where no letter and no digit follows; all else is tried as a duration.
    Result<Token> number_or_duration() {
        const std::size_t begin = at_;
        skip_number();
        if (!is_letter(peek()) && !is_digit(peek())) {
            const std::string_view text = text_.substr(begin, at_ - begin);
            if (const auto value = read_number(text)) {
                return Token{.kind = TokenKind::number, .number = *value};
            }
            return refuse(begin, "not a number: " + quoted(text));
        }
        while (is_letter(peek()) || is_digit(peek()) || peek() == '.') {
            ++at_;
        }
        const std::string_view text = text_.substr(begin, at_ - begin);
        const auto duration = read_duration(text);
        if (!duration) {
            return refuse(begin, "bad number or duration: " + quoted(text));
        }
        return Token{.kind = TokenKind::duration, .duration = *duration};
    }

    void skip_number() {
        std::string_view allowed = digits;
        if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X')) {
            at_ += 2;
            allowed = "0123456789abcdefABCDEF";
        }
        skip_run(allowed);
        if (skip_one(".")) {
            skip_run(allowed);
        }
        if (skip_one("eE")) {
            skip_one("+-");
            skip_run(digits);
        }
    }

    Result<Token> string(char quote) {
        const std::size_t begin = at_++;
        while (peek() != quote || at_ == text_.size()) {
            if (at_ == text_.size() || (peek() == '\n' && quote != '`')) {
                return refuse(begin, "unterminated string");
            }
            at_ += peek() == '\\' && quote != '`' ? 2U : 1U;
            at_ = std::min(at_, text_.size());
        }
        ++at_;
        auto content = unescape(text_.substr(begin + 1, at_ - begin - 2), quote);
        if (!content) {
            return refuse(begin, content.error().message);
        }
        return Token{.kind = TokenKind::string, .text = *std::move(content)};
    }

    Result<Token> sign() {
        if (const auto kind = two_byte_sign()) {
            at_ += 2;
            return Token{.kind = *kind};
        }
        const auto kind = one_byte_sign();
        if (!kind) {
            return refuse(at_, "unexpected character " + shown(peek()));
        }
        brackets_ += *kind == TokenKind::left_bracket ? 1 : 0;
        brackets_ -= *kind == TokenKind::right_bracket && brackets_ > 0 ? 1 : 0;
        ++at_;
        return Token{.kind = *kind};
    }

    [[nodiscard]] std::optional<TokenKind> two_byte_sign() const {
        static constexpr std::pair<std::string_view, TokenKind> signs[]{
            {"==", TokenKind::equal},
            {"!=", TokenKind::not_equal},
            {"=~", TokenKind::match},
            {"!~", TokenKind::not_match},
            {"<=", TokenKind::less_equal},
            {">=", TokenKind::greater_equal}};
        for (const auto& [sign, kind] : signs) {
            if (text_.substr(at_, 2) == sign) {
                return kind;
            }
        }
        return std::nullopt;
    }

    [[nodiscard]] std::optional<TokenKind> one_byte_sign() const {
        static constexpr std::pair<char, TokenKind> signs[]{{'(', TokenKind::left_paren},
                                                            {')', TokenKind::right_paren},
                                                            {'{', TokenKind::left_brace},
                                                            {'}', TokenKind::right_brace},
                                                            {'[', TokenKind::left_bracket},
                                                            {']', TokenKind::right_bracket},
                                                            {',', TokenKind::comma},
                                                            {':', TokenKind::colon},
                                                            {'@', TokenKind::at},
                                                            {'+', TokenKind::add},
                                                            {'-', TokenKind::subtract},
                                                            {'*', TokenKind::multiply},
                                                            {'/', TokenKind::divide},
                                                            {'%', TokenKind::modulo},
                                                            {'^', TokenKind::power},
                                                            {'=', TokenKind::assign},
                                                            {'<', TokenKind::less},
                                                            {'>', TokenKind::greater}};
        for (const auto& [sign, kind] : signs) {
            if (peek() == sign) {
                return kind;
            }
        }
        return std::nullopt;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int brackets_ = 0;
};

}  // namespace

Result<std::vector<Token>> tokenize(std::string_view text) {
    return Lexer{text}.run();
}

std::string describe(const Token& token, std::string_view text) {
    std::string written = quoted(text.substr(token.span.begin, token.span.end - token.span.begin));
    switch (token.kind) {
        case TokenKind::end:
            return "end of input";
        case TokenKind::word:
        case TokenKind::metric:
            return "name " + written;
        case TokenKind::number:
            return "number " + written;
        case TokenKind::duration:
            return "duration " + written;
        case TokenKind::string:
            return "string " +
                   std::string{text.substr(token.span.begin, token.span.end - token.span.begin)};
        default:
            return written;
    }
}

}  // namespace tided::metrics::promql
