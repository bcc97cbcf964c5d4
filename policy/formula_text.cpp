#include "policy/formula_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <utility>

namespace tided::policy {

namespace {

constexpr std::size_t most_nested = 64;

struct Infix {
    std::string_view sign;
    int binding = 0;
    Op op{};
};

/// Of those that begin alike the longer first.
constexpr std::array<Infix, 13> infixes{{{"or", 1, Op::logical_or},
                                         {"and", 2, Op::logical_and},
                                         {"<=", 4, Op::less_equal},
                                         {">=", 4, Op::greater_equal},
                                         {"==", 4, Op::equal},
                                         {"!=", 4, Op::not_equal},
                                         {"<", 4, Op::less},
                                         {">", 4, Op::greater},
                                         {"+", 5, Op::add},
                                         {"-", 5, Op::subtract},
                                         {"*", 6, Op::multiply},
                                         {"/", 6, Op::divide},
                                         {"%", 6, Op::modulo}}};
constexpr int not_binding = 3;
constexpr int comparison_binding = 4;
constexpr int sign_binding = 7;

struct Function {
    std::string_view name;
    std::size_t fewest = 1;
    std::size_t most = 1;
    std::array<std::optional<Op>, 4> after{};  ///< what follows each argument; the last goes on
};

constexpr std::size_t many = 255;
constexpr std::array<Function, 12> functions{
    {{"min", 2, many, {std::nullopt, Op::smaller, Op::smaller, Op::smaller}},
     {"max", 2, many, {std::nullopt, Op::larger, Op::larger, Op::larger}},
     {"clamp", 3, 3, {std::nullopt, Op::larger, Op::smaller}},
     {"abs", 1, 1, {Op::absolute}},
     {"ceil", 1, 1, {Op::ceiling}},
     {"floor", 1, 1, {Op::floor}},
     {"round", 1, 1, {Op::round}},
     {"sqrt", 1, 1, {Op::square_root}},
     {"exp", 1, 1, {Op::exponential}},
     {"ln", 1, 1, {Op::logarithm}},
     {"if", 3, 3, {std::nullopt, std::nullopt, Op::choose}},
     {"default", 2, 2, {std::nullopt, Op::otherwise}}}};

bool is_letter(char c) {
    return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
}
bool is_digit(char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

/// Reads by precedence climbing and stops at the first mistake: afterwards nothing more is read.
class Parser {
public:
    Parser(std::string_view text, const MetricIndex& index_of) : text_(text), index_of_(index_of) {}

    tl::expected<Formula, FormulaMistake> parse() {
        expression(0);
        if (!is_wrong() && at_ < text_.size()) {
            wrong(at_, "expected an operator, not " + here());
        }
        if (mistake_) {
            return tl::unexpected{*std::move(mistake_)};
        }
        return std::move(formula_);
    }

private:
    [[nodiscard]] bool is_wrong() const { return mistake_.has_value(); }

    void wrong(std::size_t at, std::string message) {
        if (!mistake_) {
            mistake_ = FormulaMistake{.at = at, .message = std::move(message), .unknown = {}};
        }
    }

    void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

    /// The token that stands here, as a reader sees it.
    [[nodiscard]] std::string here() const {
        const std::string_view word = at_ < text_.size() ? word_at(at_) : std::string_view{};
        return at_ == text_.size() ? "the end"
               : word.empty()      ? "'" + std::string{text_.substr(at_, 1)} + "'"
                                   : "'" + std::string{word} + "'";
    }

    [[nodiscard]] std::string_view word_at(std::size_t at) const {
        std::size_t end = at;
        while (end < text_.size() && (is_letter(text_[end]) || is_digit(text_[end]))) {
            ++end;
        }
        return text_.substr(at, end - at);
    }

    bool take(char sign) {
        skip_blanks();
        const bool stands = at_ < text_.size() && text_[at_] == sign;
        at_ += stands ? 1U : 0U;
        return stands;
    }

    [[nodiscard]] const Infix* infix_here() {
        skip_blanks();
        for (const Infix& infix : infixes) {
            const bool is_word = is_letter(infix.sign.front());
            if (is_word ? word_at(at_) == infix.sign : text_.substr(at_).starts_with(infix.sign)) {
                return &infix;
            }
        }
        return nullptr;
    }

    void emit(Instruction instruction) {
        depth_ = depth_ + 1 - taken_by(instruction.op);
        if (depth_ > Formula::most_depth) {
            wrong(at_,
                  "more than " + std::to_string(Formula::most_depth) + " values wait at once here");
        }
        formula_.program.push_back(instruction);
    }

    /// Everything that binds at least as tightly as `binding`.
    void expression(int binding) {
        if (++nested_ > most_nested) {
            wrong(at_, "nested more than " + std::to_string(most_nested) + " deep");
        } else {
            operand();
            int most = sign_binding;
            for (const Infix* infix = nullptr;
                 !is_wrong() && (infix = infix_here()) != nullptr && infix->binding >= binding;) {
                if (infix->binding > most) {
                    wrong(at_, "comparisons do not chain: write 'a < b and b < c'");
                    break;
                }
                at_ += infix->sign.size();
                expression(infix->binding + 1);
                emit({.op = infix->op});
                most = infix->binding == comparison_binding ? comparison_binding - 1 : most;
            }
        }
        --nested_;
    }

    void operand() {
        skip_blanks();
        const char next = at_ < text_.size() ? text_[at_] : '\0';
        if (take('(')) {
            expression(0);
            close();
        } else if (take('-')) {
            expression(sign_binding);
            emit({.op = Op::negate});
        } else if (is_digit(next) || next == '.') {
            number();
        } else if (is_letter(next)) {
            word();
        } else {
            wrong(at_, "expected a number, a metric or '(', not " + here());
        }
    }

    void close() {
        if (!is_wrong() && !take(')')) {
            wrong(at_, "expected ')', not " + here());
        }
    }

    void number() {
        Instruction instruction{.op = Op::constant};
        const char* const begin = text_.data() + at_;
        const auto [end, problem] =
            std::from_chars(begin, text_.data() + text_.size(), instruction.constant);
        const auto size = static_cast<std::size_t>(end - begin);
        if (problem != std::errc{} || (at_ + size < text_.size() && is_letter(*end))) {
            wrong(at_, "'" + std::string{text_.substr(at_, size + 1)} + "' is not a number");
            return;
        }
        at_ += size;
        emit(instruction);
    }

    void word() {
        const std::size_t begin = at_;
        const std::string_view name = word_at(at_);
        at_ += name.size();
        if (name == "not") {
            expression(not_binding);
            emit({.op = Op::logical_not});
        } else if (take('(')) {
            call(begin, name);
        } else if (const auto index = index_of_(name)) {
            emit({.op = Op::metric, .metric = *index});
        } else {
            wrong(begin, "there is no metric '" + std::string{name} + "' in this policy");
            blame(name, false);
        }
    }

    void blame(std::string_view name, bool is_function) {
        mistake_->unknown = name;
        mistake_->is_function = is_function;
    }

    void call(std::size_t begin, std::string_view name) {
        const auto* function = std::ranges::find(functions, name, &Function::name);
        if (function == functions.end()) {
            wrong(begin, "there is no function '" + std::string{name} + "'");
            blame(name, true);
            return;
        }
        std::size_t count = 0;
        do {
            expression(0);
            const auto& after = function->after;
            if (const auto& op = after[std::min(count, after.size() - 1)]) {
                emit({.op = *op});
            }
            ++count;
        } while (!is_wrong() && count <= function->most && take(','));
        close();
        if (!is_wrong() && (count < function->fewest || count > function->most)) {
            const std::string wanted = std::to_string(function->fewest);
            wrong(begin,
                  "'" + std::string{name} + "' takes " +
                      (function->most == many ? "at least " + wanted : wanted) +
                      (wanted == "1" ? " value, not " : " values, not ") + std::to_string(count));
        }
    }

    std::string_view text_;
    const MetricIndex& index_of_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
    std::size_t nested_ = 0;
    Formula formula_;
    std::optional<FormulaMistake> mistake_;
};

}  // namespace

tl::expected<Formula, FormulaMistake> compile_formula(std::string_view text,
                                                      const MetricIndex& index_of) {
    return Parser{text, index_of}.parse();
}

}  // namespace tided::policy
