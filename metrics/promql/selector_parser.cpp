#include "metrics/promql/selector_parser.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "metrics/promql/words.h"

namespace tided::metrics::promql {
namespace {

RegexDialect regex_dialect(Dialect dialect) {
    return dialect == Dialect::prometheus_2 ? RegexDialect::prometheus_2
                                            : RegexDialect::prometheus_3;
}

std::optional<MatchOp> match_operator(TokenKind kind) {
    switch (kind) {
        case TokenKind::assign:
            return MatchOp::equal;
        case TokenKind::not_equal:
            return MatchOp::not_equal;
        case TokenKind::match:
            return MatchOp::regex;
        case TokenKind::not_match:
            return MatchOp::not_regex;
        default:
            return std::nullopt;
    }
}

bool is_label(const Token& token, Dialect dialect) {
    return token.kind == TokenKind::word ||
           (token.kind == TokenKind::string && dialect == Dialect::prometheus_3);
}

// Inside the braces: one condition, or in dialect 3 the quoted metric name alone.
Result<Matcher> parse_matcher(TokenReader& reader, Dialect dialect) {
    static constexpr std::string_view where = "label matching";
    if (!is_label(reader.peek(), dialect)) {
        return reader.unexpected(where, "label name or \"}\"");
    }
    const Token name = reader.take();
    const auto op = match_operator(reader.peek().kind);
    if (!op) {
        const bool is_list_end = reader.at(TokenKind::comma) || reader.at(TokenKind::right_brace);
        if (name.kind == TokenKind::string && is_list_end) {
            return Matcher::make(std::string{metric_name_label}, MatchOp::equal, name.text);
        }
        return reader.unexpected(where, "one of = != =~ !~");
    }
    reader.take();
    if (!reader.at(TokenKind::string)) {
        return reader.unexpected(where, "string");
    }
    const Token value = reader.take();
    auto matcher = Matcher::make(name.text, *op, value.text, regex_dialect(dialect));
    if (!matcher) {
        return reader.refuse(value.span.begin, matcher.error().message);
    }
    return matcher;
}

Status parse_matchers(TokenReader& reader, Dialect dialect, std::vector<Matcher>& matchers) {
    reader.take();
    while (!reader.take_if(TokenKind::right_brace)) {
        const std::size_t begin = reader.peek().span.begin;
        auto matcher = parse_matcher(reader, dialect);
        if (!matcher) {
            return fail(std::move(matcher).error());
        }
        const bool is_name =
            matcher->name() == metric_name_label && matcher->op() == MatchOp::equal;
        if (is_name && !matchers.empty() && matchers.front().name() == metric_name_label &&
            matchers.front().op() == MatchOp::equal) {
            return reader.refuse(begin,
                                 "metric name must not be set twice: \"" +
                                     matchers.front().value() + "\" or \"" + matcher->value() +
                                     "\"");
        }
        matchers.insert(is_name ? matchers.begin() : matchers.end(), *std::move(matcher));
        if (!reader.at(TokenKind::right_brace) && !reader.take_if(TokenKind::comma)) {
            return reader.unexpected("label matching", "\",\" or \"}\"");
        }
    }
    return {};
}

// A duration with units, or in dialect 3 plain seconds.
Result<Duration> parse_duration_token(TokenReader& reader,
                                      Dialect dialect,
                                      std::string_view where) {
    static constexpr double longest_seconds = 9e9;
    const Token token = reader.peek();
    if (token.kind == TokenKind::duration) {
        reader.take();
        return token.duration;
    }
    if (token.kind != TokenKind::number) {
        return reader.unexpected(where, "duration");
    }
    if (dialect == Dialect::prometheus_2) {
        return reader.unexpected(where, "duration with a unit, such as 5m");
    }
    reader.take();
    if (!(std::fabs(token.number) < longest_seconds)) {
        return reader.refuse(token.span.begin, "duration out of range");
    }
    return Duration{static_cast<Duration::rep>(std::llround(token.number * 1000.0))};
}

Result<Duration> parse_positive_duration(TokenReader& reader,
                                         Dialect dialect,
                                         std::string_view where) {
    const std::size_t begin = reader.peek().span.begin;
    auto duration = parse_duration_token(reader, dialect, where);
    if (duration && *duration <= Duration{}) {
        return reader.refuse(begin, "duration must be greater than 0");
    }
    return duration;
}

bool take_sign(TokenReader& reader) {
    const bool is_negative = reader.at(TokenKind::subtract);
    if (is_negative || reader.at(TokenKind::add)) {
        reader.take();
    }
    return is_negative;
}

Status parse_offset(TokenReader& reader, Dialect dialect, Shift& shift) {
    const Span word = reader.take().span;
    if (shift.offset != Duration{}) {
        return reader.refuse(word.begin, "offset may not be set multiple times");
    }
    const bool is_negative = take_sign(reader);
    const auto duration = parse_duration_token(reader, dialect, "offset");
    if (!duration) {
        return fail(duration.error());
    }
    shift.offset = is_negative ? -*duration : *duration;
    return {};
}

// Seconds since 1970; dialect 3 also takes them as a duration.
Status parse_at(TokenReader& reader, Dialect dialect, Shift& shift) {
    static constexpr double last_second = 9e12;
    const Span sign = reader.take().span;
    if (shift.anchor != Shift::Anchor::none) {
        return reader.refuse(sign.begin, "@ <timestamp> may not be set multiple times");
    }
    const bool is_start = is_word(reader.peek(), "start");
    if (is_start || is_word(reader.peek(), "end")) {
        reader.take();
        shift.anchor = is_start ? Shift::Anchor::start : Shift::Anchor::end;
        const Status opened = reader.expect(TokenKind::left_paren, "@", "\"(\"");
        return opened ? reader.expect(TokenKind::right_paren, "@", "\")\"") : opened;
    }
    const bool is_negative = take_sign(reader);
    const Token token = reader.peek();
    const bool is_duration = token.kind == TokenKind::duration && dialect == Dialect::prometheus_3;
    if (token.kind != TokenKind::number && !is_duration) {
        return reader.unexpected("@", "timestamp");
    }
    reader.take();
    const double seconds = is_duration ? to_seconds(token.duration) : token.number;
    if (!(std::fabs(seconds) < last_second)) {
        return reader.refuse(token.span.begin, "timestamp out of range");
    }
    shift.anchor = Shift::Anchor::instant;
    shift.instant = from_unix_seconds(is_negative ? -seconds : seconds);
    return {};
}

}  // namespace

Result<VectorSelector> parse_selector(TokenReader& reader, Dialect dialect) {
    VectorSelector selector;
    const std::size_t begin = reader.peek().span.begin;
    if (!reader.at(TokenKind::left_brace)) {
        auto named =
            Matcher::make(std::string{metric_name_label}, MatchOp::equal, reader.take().text);
        if (!named) {
            return fail(std::move(named).error());
        }
        selector.matchers.push_back(*std::move(named));
    }
    if (reader.at(TokenKind::left_brace)) {
        if (auto read = parse_matchers(reader, dialect, selector.matchers); !read) {
            return fail(std::move(read).error());
        }
    }
    selector.span = {begin, reader.last_end()};
    const bool selects_something =
        std::any_of(selector.matchers.begin(), selector.matchers.end(), [](const Matcher& m) {
            return !m.matches(std::string_view{});
        });
    if (!selects_something) {
        return reader.refuse(begin, "vector selector must contain at least one non-empty matcher");
    }
    return selector;
}

Result<std::vector<std::string>> parse_label_list(TokenReader& reader,
                                                  Dialect dialect,
                                                  std::string_view where) {
    std::vector<std::string> labels;
    if (auto opened = reader.expect(TokenKind::left_paren, where, "\"(\""); !opened) {
        return fail(std::move(opened).error());
    }
    while (!reader.take_if(TokenKind::right_paren)) {
        if (!is_label(reader.peek(), dialect)) {
            return reader.unexpected(where, "label name or \")\"");
        }
        labels.push_back(reader.take().text);
        if (!reader.at(TokenKind::right_paren) && !reader.take_if(TokenKind::comma)) {
            return reader.unexpected(where, "\",\" or \")\"");
        }
    }
    std::sort(labels.begin(), labels.end());
    labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
    return labels;
}

Result<Brackets> parse_brackets(TokenReader& reader, Dialect dialect) {
    Brackets brackets;
    reader.take();
    const auto range = parse_positive_duration(reader, dialect, "range");
    if (!range) {
        return fail(range.error());
    }
    brackets.range = *range;
    brackets.is_subquery = reader.take_if(TokenKind::colon);
    if (brackets.is_subquery && !reader.at(TokenKind::right_bracket)) {
        const auto step = parse_positive_duration(reader, dialect, "subquery");
        if (!step) {
            return fail(step.error());
        }
        brackets.step = *step;
    }
    if (!reader.take_if(TokenKind::right_bracket)) {
        return reader.unexpected(brackets.is_subquery ? "subquery" : "range",
                                 brackets.is_subquery ? "\"]\"" : "\"]\" or \":\"");
    }
    return brackets;
}

Status parse_modifier(TokenReader& reader, Dialect dialect, Shift& shift) {
    const std::size_t begin = reader.peek().span.begin;
    Status read = reader.at(TokenKind::at) ? parse_at(reader, dialect, shift)
                                           : parse_offset(reader, dialect, shift);
    if (read && shift.is_none()) {
        shift.span = {begin, reader.last_end()};
    }
    return read;
}

}  // namespace tided::metrics::promql
