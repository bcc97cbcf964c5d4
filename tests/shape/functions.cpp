// Functions: the brace counter.
#include "tests/shape/functions.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <string_view>

namespace tided::shape {
namespace {

enum class Scope : std::uint8_t { names, body, other };

struct Open {
    Scope scope = Scope::other;
    std::size_t line = 0;
    std::string head;
};

std::string_view trimmed(std::string_view text) {
    const auto space = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
    while (!text.empty() && space(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && space(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

bool word_char(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::string_view last_word(std::string_view text) {
    std::size_t from = text.size();
    while (from > 0 && word_char(text[from - 1])) {
        --from;
    }
    return text.substr(from);
}

/// "Foo(int a) : a_" : the brace after it initialises a member and opens no body.
bool in_member_initialisers(std::string_view head) {
    constexpr std::array<std::string_view, 6> after_parameters{
        "const", "noexcept", "override", "final", "mutable", "try"};
    const std::string_view word = last_word(head);
    const std::size_t close = head.find(')');
    return close != std::string_view::npos && head.find(" : ", close) != std::string_view::npos &&
           !word.empty() &&
           std::find(after_parameters.begin(), after_parameters.end(), word) ==
               after_parameters.end();
}

/// What the '{' after `head` opens, at namespace or class scope.
Scope opened_by(std::string_view head) {
    if (head.find('(') == std::string_view::npos || head.starts_with("namespace")) {
        constexpr std::array<std::string_view, 6> scopes{
            "namespace", "class", "struct", "union", "enum", "extern"};
        const bool names = std::any_of(scopes.begin(), scopes.end(), [&](std::string_view word) {
            return head.find(word) != std::string_view::npos;
        });
        return names && head.find('=') == std::string_view::npos ? Scope::names : Scope::other;
    }
    const bool type = head.starts_with("class ") || head.starts_with("struct ");
    if (type && head.find(')') == head.size() - 1) {
        return Scope::names;
    }
    if (in_member_initialisers(head) || last_word(head) == "return" || head.ends_with("=")) {
        return Scope::other;
    }
    return Scope::body;
}

/// Walks blanked text and reports bodies.
class Walker {
public:
    void take(char c) {
        line_ += c == '\n' ? 1U : 0U;
        if (c == '{') {
            open();
        } else if (c == '}') {
            close();
        } else if (c == ';' && parens_ == 0) {
            head_.clear();
        } else {
            parens_ += c == '(' ? 1 : 0;
            parens_ -= c == ')' && parens_ > 0 ? 1 : 0;
            head_ += c == '\n' ? ' ' : c;
        }
    }

    [[nodiscard]] std::vector<Function> take_functions() { return std::move(found_); }

private:
    void open() {
        const std::string head = head_;
        const bool among_names = std::all_of(stack_.begin(), stack_.end(), [](const Open& open) {
            return open.scope == Scope::names;
        });
        const Scope scope = among_names && parens_ == 0 ? opened_by(trimmed(head)) : Scope::other;
        stack_.push_back({scope, line_, head});
        if (scope != Scope::other) {
            head_.clear();
        }
    }

    void close() {
        if (stack_.empty()) {
            return;
        }
        const Open top = stack_.back();
        stack_.pop_back();
        if (top.scope == Scope::body) {
            found_.push_back(
                {std::string(trimmed(top.head)).substr(0, 80), top.line, line_ - top.line});
        }
        head_ = top.scope == Scope::other ? top.head + "{}" : "";
    }

    std::vector<Open> stack_;
    std::vector<Function> found_;
    std::string head_;
    std::size_t line_ = 1;
    int parens_ = 0;
};

/// Preprocessor lines say nothing of scopes; their text goes, their line stays.
std::string without_directives(std::string text) {
    bool directive = false;
    bool line_start = true;
    for (char& c : text) {
        directive = line_start ? c == '#' : directive;
        line_start = c == '\n';
        if (directive && c != '\n') {
            c = ' ';
        }
    }
    return text;
}

}  // namespace

std::vector<Function> functions_of(const SourceFile& file) {
    Walker walker;
    for (const char c : without_directives(blank_literals(file.text))) {
        walker.take(c);
    }
    return walker.take_functions();
}

}  // namespace tided::shape
