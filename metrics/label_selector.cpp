#include "metrics/label_selector.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

namespace tided::metrics {
namespace {

tl::unexpected<Error> refused(std::string why) {
    return fail(ErrorCode::invalid_input, std::move(why));
}

bool is_alphanumeric(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

// Of labels' names and values: letters, digits, '-', '_', '.', the ends letters or digits.
bool is_word(std::string_view text) {
    static constexpr std::size_t longest = 63;
    return !text.empty() && text.size() <= longest && is_alphanumeric(text.front()) &&
           is_alphanumeric(text.back()) && std::all_of(text.begin(), text.end(), [](char c) {
               return is_alphanumeric(c) || c == '-' || c == '_' || c == '.';
           });
}

// "app", "app.kubernetes.io/name".
bool is_label_name(std::string_view name) {
    static constexpr std::size_t longest_prefix = 253;
    const std::size_t slash = name.find('/');
    if (slash == std::string_view::npos) {
        return is_word(name);
    }
    const std::string_view prefix = name.substr(0, slash);
    return !prefix.empty() && prefix.size() <= longest_prefix && is_alphanumeric(prefix.front()) &&
           is_alphanumeric(prefix.back()) &&
           std::all_of(prefix.begin(),
                       prefix.end(),
                       [](char c) { return is_alphanumeric(c) || c == '-' || c == '.'; }) &&
           is_word(name.substr(slash + 1));
}

// The alternatives of a regular expression that is nothing but a list of words: a|b|v1\.2
std::optional<std::vector<std::string>> words_of(std::string_view regex) {
    std::vector<std::string> words(1);
    for (std::size_t i = 0; i < regex.size(); ++i) {
        if (regex[i] == '|') {
            words.emplace_back();
        } else if (regex.substr(i, 2) == "\\.") {
            words.back() += regex[++i];
        } else if (regex[i] == '.') {
            return std::nullopt;
        } else {
            words.back() += regex[i];
        }
    }
    const bool all =
        std::all_of(words.begin(), words.end(), [](const auto& w) { return is_word(w); });
    return all ? std::optional{std::move(words)} : std::nullopt;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) {
        text += (text.empty() ? "" : ",") + word;
    }
    return text;
}

// One requirement of a labelSelector.
Result<std::string> requirement(const Matcher& matcher, std::string_view label) {
    const bool is_negative =
        matcher.op() == MatchOp::not_equal || matcher.op() == MatchOp::not_regex;
    const std::string& value = matcher.value();
    const std::string name{label};
    if (value.empty()) {
        return (is_negative ? "" : "!") + name;
    }
    if (matcher.op() == MatchOp::equal || matcher.op() == MatchOp::not_equal) {
        if (!is_word(value)) {
            return refused(to_string(matcher) + ": no Kubernetes label has that value");
        }
        return name + (is_negative ? "!=" : "=") + value;
    }
    if (value == ".+") {
        return (is_negative ? "!" : "") + name;
    }
    const auto words = words_of(value);
    if (!words) {
        return refused(to_string(matcher) +
                       ": Kubernetes chooses by lists of values, not by patterns: write " + name +
                       "=~\"a|b\" or " + name + "!~\"a|b\"");
    }
    return name + (is_negative ? " notin (" : " in (") + joined(*words) + ")";
}

}  // namespace

Status LabelSelector::add(const Matcher& matcher, std::string_view name) {
    if (!is_label_name(name)) {
        return refused("'" + std::string{name} + "' is no name of a Kubernetes label");
    }
    if (matcher.op() == MatchOp::regex && matcher.value() == ".*") {
        return {};
    }
    auto text = requirement(matcher, name);
    if (!text) {
        return fail(std::move(text).error());
    }
    const auto at = std::lower_bound(requirements_.begin(), requirements_.end(), *text);
    if (at == requirements_.end() || *at != *text) {
        requirements_.insert(at, *std::move(text));
    }
    return {};
}

std::string LabelSelector::text() const {
    return joined(requirements_);
}

}  // namespace tided::metrics
