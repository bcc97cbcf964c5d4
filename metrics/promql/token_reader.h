// TokenReader: a place in the list of tokens, and errors that say what was found there.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metrics/promql/lexer.h"
#include "policy/vocab/result.h"

namespace tided::metrics::promql {

class TokenReader {
public:
    /// REQUIRES: `tokens` ends with `end`; `text` outlives the reader.
    TokenReader(std::vector<Token> tokens, std::string_view text)
        : tokens_(std::move(tokens)), text_(text) {}

    [[nodiscard]] const Token& peek(std::size_t ahead = 0) const {
        return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
    }
    [[nodiscard]] bool at(TokenKind kind) const { return peek().kind == kind; }

    const Token& take() {
        const Token& token = peek();
        at_ += at_ + 1 < tokens_.size() ? 1U : 0U;
        return token;
    }
    bool take_if(TokenKind kind) {
        const bool is_there = at(kind);
        if (is_there) {
            take();
        }
        return is_there;
    }

    /// Where the last taken token ended.
    [[nodiscard]] std::size_t last_end() const { return at_ == 0 ? 0 : tokens_[at_ - 1].span.end; }

    [[nodiscard]] std::string_view text() const { return text_; }

    [[nodiscard]] tl::unexpected<Error> refuse(std::size_t where, std::string_view what) const {
        return fail(ErrorCode::invalid_input, position_prefix(text_, where) + std::string{what});
    }

    /// "1:5: unexpected number "3" in aggregation, expected "("".
    [[nodiscard]] tl::unexpected<Error> unexpected(std::string_view where,
                                                   std::string_view wanted = {}) const {
        std::string what = "unexpected " + describe(peek(), text_) + " in " + std::string{where};
        if (!wanted.empty()) {
            what += ", expected " + std::string{wanted};
        }
        return refuse(peek().span.begin, what);
    }

    [[nodiscard]] Status expect(TokenKind kind, std::string_view where, std::string_view wanted) {
        if (!take_if(kind)) {
            return unexpected(where, wanted);
        }
        return {};
    }

private:
    std::vector<Token> tokens_;
    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace tided::metrics::promql
