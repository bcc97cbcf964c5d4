#include "metrics/matcher.h"

#include <re2/re2.h>

namespace tided::metrics {
namespace {

re2::RE2::Options options_of(RegexDialect dialect) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_dot_nl(dialect == RegexDialect::prometheus_3);
    return options;
}

std::string_view sign_of(MatchOp op) {
    switch (op) {
        case MatchOp::equal:
            return "=";
        case MatchOp::not_equal:
            return "!=";
        case MatchOp::regex:
            return "=~";
        case MatchOp::not_regex:
            return "!~";
    }
    return "=";
}

}  // namespace

struct Matcher::Regex {
    Regex(const std::string& text, RegexDialect dialect) : compiled(text, options_of(dialect)) {}
    re2::RE2 compiled;
};

Result<Matcher> Matcher::make(std::string name,
                              MatchOp op,
                              std::string value,
                              RegexDialect dialect) {
    Matcher matcher{std::move(name), op, std::move(value)};
    if (op == MatchOp::regex || op == MatchOp::not_regex) {
        auto regex = std::make_shared<const Regex>(matcher.value_, dialect);
        if (!regex->compiled.ok()) {
            return fail(ErrorCode::invalid_input,
                        "the regular expression \"" + matcher.value_ + "\" of label \"" +
                            matcher.name_ + "\" does not compile: " + regex->compiled.error());
        }
        matcher.regex_ = std::move(regex);
    }
    return matcher;
}

bool Matcher::matches(std::string_view value) const {
    switch (op_) {
        case MatchOp::equal:
            return value == value_;
        case MatchOp::not_equal:
            return value != value_;
        case MatchOp::regex:
            return re2::RE2::FullMatch(re2::StringPiece{value.data(), value.size()},
                                       regex_->compiled);
        case MatchOp::not_regex:
            return !re2::RE2::FullMatch(re2::StringPiece{value.data(), value.size()},
                                        regex_->compiled);
    }
    return false;
}

bool Matcher::matches(const Labels& labels) const {
    return matches(value_of(labels, name_));
}

std::string to_string(const Matcher& matcher) {
    std::string text{matcher.name()};
    text += sign_of(matcher.op());
    text += '"';
    for (const char c : matcher.value()) {
        if (c == '"' || c == '\\') {
            text += '\\';
        }
        if (c == '\n') {
            text += "\\n";
        } else {
            text += c;
        }
    }
    return text + '"';
}

}  // namespace tided::metrics
