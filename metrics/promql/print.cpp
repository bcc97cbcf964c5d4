#include "metrics/promql/print.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>
#include <vector>

#include "metrics/number.h"
#include "metrics/promql/signatures.h"
#include "metrics/promql/words.h"
#include "metrics/utf8.h"
#include "policy/vocab/labels.h"

namespace tided::metrics::promql {
namespace {

bool is_plain(std::string_view name, bool may_have_colon) {
    const auto is_letter = [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
               (c == ':' && may_have_colon);
    };
    return !name.empty() && is_letter(name.front()) &&
           std::all_of(name.begin(), name.end(), [&](char c) {
               return is_letter(c) || (c >= '0' && c <= '9');
           });
}

// A word of the language can be a metric's name in most places only: it is quoted everywhere.
bool is_language(const std::string& name, Dialect dialect) {
    static constexpr std::array<std::string_view, 9> words{
        "and", "or", "unless", "by", "without", "offset", "start", "end", "smoothed"};
    const Token word{.kind = TokenKind::word, .text = name};
    return is_reserved(word) || number_word(word) || aggregate_operator(name, dialect) ||
           find_function(name, dialect) != nullptr ||
           std::any_of(words.begin(), words.end(), [&](std::string_view small) {
               return is_word(word, small);
           });
}

// The largest unit that divides it: "1m", "90s", "250ms", "0s".
std::string duration_text(Duration duration) {
    struct Unit {
        std::int64_t ms;
        std::string_view name;
    };
    static constexpr std::array<Unit, 5> units{
        {{86'400'000, "d"}, {3'600'000, "h"}, {60'000, "m"}, {1000, "s"}, {1, "ms"}}};
    const std::int64_t ms = duration.count();
    const auto unit = std::find_if(units.begin(), units.end(), [ms](const Unit& one) {
        return ms % one.ms == 0 && (ms != 0 || one.name == "s");
    });
    return std::to_string(ms / unit->ms) + std::string{unit->name};
}

std::string condition_text(const Matcher& matcher) {
    static constexpr std::array<std::string_view, 4> signs{"=", "!=", "=~", "!~"};
    return label_text(matcher.name()) + std::string{signs[static_cast<std::size_t>(matcher.op())]} +
           quoted(matcher.value());
}

class Printer {
public:
    Printer(Dialect dialect, const Spread* spread) : dialect_(dialect), spread_(spread) {}

    void print(const Node& wrapped) {
        std::visit([this](const auto& form) { write(form); }, unwrapped(wrapped).form);
    }

    std::string take() { return std::move(out_); }

private:
    void write(const NumberLiteral& number) {
        const bool is_finite = std::isfinite(number.value);
        out_ += is_finite ? format_number(number.value) : std::isnan(number.value) ? "NaN" : "Inf";
    }
    void write(const StringLiteral& text) { out_ += quoted(text.value); }
    void write(const VectorSelector& selector) {
        conditions(selector);
        shift(selector.shift);
    }
    void write(const MatrixSelector& ranged) {
        conditions(ranged.selector);
        out_ += "[" + duration_text(ranged.range) + "]";
        shift(ranged.selector.shift);
    }
    void write(const Subquery& subquery) {
        operand(*subquery.operand);
        out_ += "[" + duration_text(subquery.range) + ":" +
                (subquery.step ? duration_text(*subquery.step) : "") + "]";
        shift(subquery.shift);
    }
    void write(const Call& call) {
        out_ += call.function->name;
        out_ += '(';
        for (std::size_t i = 0; i < call.arguments.size(); ++i) {
            out_ += i > 0 ? ", " : "";
            print(*call.arguments[i]);
        }
        out_ += ')';
    }
    void write(const Aggregation& aggregation) {
        out_ += to_string(aggregation.op);
        const Grouping& grouping = aggregation.grouping;
        const auto labels = spread_over(grouping.labels, !grouping.without);
        if (grouping.without || !labels.empty()) {
            out_ += grouping.without ? " without " : " by ";
            list(labels);
            out_ += ' ';
        }
        out_ += '(';
        if (aggregation.parameter) {
            print(*aggregation.parameter);
            out_ += ", ";
        }
        print(*aggregation.operand);
        out_ += ')';
    }
    void write(const Binary& binary) {
        operand(*binary.left);
        out_ += ' ';
        out_ += to_string(binary.op);
        out_ += binary.returns_bool ? " bool " : " ";
        matching(binary.matching);
        operand(*binary.right);
    }
    void write(const Unary& unary) {
        out_ += unary.negative ? '-' : '+';
        operand(*unary.operand);
    }
    void write(const Parenthesis& parenthesis) { print(*parenthesis.inner); }

    void operand(const Node& wrapped) {
        const Node& node = unwrapped(wrapped);
        const bool is_operation =
            std::holds_alternative<Binary>(node.form) || std::holds_alternative<Unary>(node.form);
        out_ += is_operation ? "(" : "";
        print(node);
        out_ += is_operation ? ")" : "";
    }

    void conditions(const VectorSelector& selector) {
        std::vector<std::string> texts;
        for (const Matcher& matcher : selector.matchers) {
            const bool is_name =
                matcher.name() == metric_name_label && matcher.op() == MatchOp::equal;
            if (is_name && is_plain(matcher.value(), true) &&
                !is_language(matcher.value(), dialect_)) {
                out_ += matcher.value();
            } else if (spread_ != nullptr && matcher.name() == spread_->label) {
                texts.emplace_back(spread_->condition);
            } else {
                texts.push_back(condition_text(matcher));
            }
        }
        std::sort(texts.begin(), texts.end());
        texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
        if (!texts.empty()) {
            out_ += '{';
            joined(texts, ",");
            out_ += '}';
        }
    }

    void shift(const Shift& shift) {
        switch (shift.anchor) {
            case Shift::Anchor::none:
                break;
            case Shift::Anchor::instant:
                out_ += " @ " + format_number(to_unix_seconds(shift.instant));
                break;
            case Shift::Anchor::start:
                out_ += " @ start()";
                break;
            case Shift::Anchor::end:
                out_ += " @ end()";
                break;
        }
        if (shift.offset != Duration{}) {
            out_ += shift.offset < Duration{} ? " offset -" : " offset ";
            out_ += duration_text(Duration{std::abs(shift.offset.count())});
        }
    }

    void matching(const Matching& matching) {
        const auto labels = spread_over(matching.labels, matching.on);
        const bool is_grouped = matching.group != Matching::Group::none;
        if (matching.on || !labels.empty() || is_grouped) {
            out_ += matching.on ? "on " : "ignoring ";
            list(labels);
            out_ += ' ';
        }
        if (is_grouped) {
            out_ += matching.group == Matching::Group::left ? "group_left " : "group_right ";
            // What is paired by a label has it on both sides already, and may not name it again.
            const bool is_paired_by = spread_ != nullptr && matching.on;
            list(is_paired_by ? without_spread(matching.include) : matching.include);
            out_ += ' ';
        }
    }

    // A list of labels to keep gains the spread label, one of labels to drop loses it.
    [[nodiscard]] std::vector<std::string> spread_over(const std::vector<std::string>& labels,
                                                       bool are_kept) const {
        if (spread_ == nullptr) {
            return labels;
        }
        std::vector<std::string> all = without_spread(labels);
        if (are_kept) {
            all.insert(std::lower_bound(all.begin(), all.end(), spread_->label),
                       std::string{spread_->label});
        }
        return all;
    }

    [[nodiscard]] std::vector<std::string> without_spread(std::vector<std::string> labels) const {
        std::erase(labels, spread_->label);
        return labels;
    }

    void list(const std::vector<std::string>& labels) {
        std::vector<std::string> texts;
        std::transform(labels.begin(), labels.end(), std::back_inserter(texts), label_text);
        out_ += '(';
        joined(texts, ", ");
        out_ += ')';
    }

    void joined(const std::vector<std::string>& texts, std::string_view separator) {
        for (std::size_t i = 0; i < texts.size(); ++i) {
            out_ += i > 0 ? separator : "";
            out_ += texts[i];
        }
    }

    Dialect dialect_;
    const Spread* spread_;
    std::string out_;
};

}  // namespace

std::string print(const Expression& expression) {
    return print(*expression.root, expression.dialect);
}

std::string print(const Node& node, Dialect dialect) {
    Printer printer{dialect, nullptr};
    printer.print(node);
    return printer.take();
}

std::string print(const Expression& expression, const Spread& spread) {
    Printer printer{expression.dialect, &spread};
    printer.print(*expression.root);
    return printer.take();
}

std::string label_text(const std::string& name) {
    return is_plain(name, false) ? name : quoted(name);
}

std::string quoted(std::string_view text) {
    const bool is_utf8 = valid_utf8_prefix(text) == text.size();
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !is_utf8)) {
            std::array<char, 5> escape{};
            std::snprintf(escape.data(), escape.size(), "\\x%02x", unsigned{byte});
            out += escape.data();
        } else {
            out += c;
        }
    }
    return out + '"';
}

}  // namespace tided::metrics::promql
