// label_replace, label_join and sorting by labels.
#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include <re2/re2.h>

#include "metrics/promql/vector_functions.h"
#include "metrics/promql/words.h"

namespace tided::metrics::promql {

class LabelPattern {
public:
    LabelPattern(const std::string& text, Dialect dialect)
        : regex_("(?:" + text + ")", options(dialect)), groups_(groups_of(regex_)) {}

    [[nodiscard]] bool is_right() const { return regex_.ok(); }

    /// `replacement` with $1 and ${name} filled in, when the whole of `value` matches.
    [[nodiscard]] std::optional<std::string> replaced(std::string_view value,
                                                      std::string_view replacement) const;

private:
    using Groups = std::vector<re2::StringPiece>;

    static re2::RE2::Options options(Dialect dialect) {
        re2::RE2::Options options;
        options.set_log_errors(false);
        options.set_dot_nl(dialect == Dialect::prometheus_3);
        return options;
    }
    // With the whole match, which is number 0.
    static std::size_t groups_of(const re2::RE2& regex) {
        return static_cast<std::size_t>(std::max(0, regex.NumberOfCapturingGroups())) + 1;
    }

    void append_group(std::string& out, const Groups& groups, const std::string& name) const;

    re2::RE2 regex_;
    std::size_t groups_;
};

namespace {

bool is_name_byte(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// "name" or "{name}" behind a "$"; nothing when it is neither. `template_text` loses what was read.
std::optional<std::string> take_group_name(std::string_view& text) {
    const bool is_braced = !text.empty() && text.front() == '{';
    const std::size_t begin = is_braced ? 1 : 0;
    std::size_t end = begin;
    while (end < text.size() && is_name_byte(text[end])) {
        ++end;
    }
    const bool is_closed = !is_braced || (end < text.size() && text[end] == '}');
    if (end == begin || !is_closed) {
        return std::nullopt;
    }
    std::string name{text.substr(begin, end - begin)};
    text.remove_prefix(end + (is_braced ? 1 : 0));
    return name;
}

}  // namespace

void LabelPattern::append_group(std::string& out,
                                const Groups& groups,
                                const std::string& name) const {
    std::size_t index = groups.size();
    if (std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; })) {
        index = name.size() < 5 ? std::stoul(name) : index;
    } else if (const auto& names = regex_.NamedCapturingGroups(); names.contains(name)) {
        index = static_cast<std::size_t>(names.at(name));
    }
    if (index < groups.size() && groups[index].data() != nullptr) {
        out.append(groups[index].data(), groups[index].size());
    }
}

std::optional<std::string> LabelPattern::replaced(std::string_view value,
                                                  std::string_view replacement) const {
    const re2::StringPiece text{value.data(), value.size()};
    Groups groups(groups_);
    if (!regex_.Match(text,
                      0,
                      value.size(),
                      re2::RE2::ANCHOR_BOTH,
                      groups.data(),
                      static_cast<int>(groups_))) {
        return std::nullopt;
    }
    std::string out;
    while (!replacement.empty()) {
        const std::size_t plain = std::min(replacement.find('$'), replacement.size());
        out += replacement.substr(0, plain);
        replacement.remove_prefix(plain);
        if (replacement.starts_with("$$")) {
            out += '$';
            replacement.remove_prefix(2);
        } else if (!replacement.empty()) {
            replacement.remove_prefix(1);
            if (const auto name = take_group_name(replacement)) {
                append_group(out, groups, *name);
            } else {
                out += '$';
            }
        }
    }
    return out;
}

LabelPatterns::LabelPatterns() = default;
LabelPatterns::LabelPatterns(LabelPatterns&&) noexcept = default;
LabelPatterns& LabelPatterns::operator=(LabelPatterns&&) noexcept = default;
LabelPatterns::~LabelPatterns() = default;

Result<const LabelPattern*> LabelPatterns::of(const Call& call,
                                              const std::string& text,
                                              Dialect dialect) {
    auto& pattern = patterns_[&call];
    if (!pattern) {
        pattern = std::make_unique<const LabelPattern>(text, dialect);
    }
    if (!pattern->is_right()) {
        return fail(ErrorCode::invalid_input,
                    "invalid regular expression in label_replace(): " + text);
    }
    return pattern.get();
}

namespace {

Result<Operand> wrong_name(std::string_view kind,
                           std::string_view function,
                           std::string_view name) {
    return fail(ErrorCode::invalid_input,
                "invalid " + std::string{kind} + " label name in " + std::string{function} +
                    "(): " + std::string{name});
}

// Natural order: runs of digits compare as numbers.
bool is_before(std::string_view a, std::string_view b) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const auto take = [&](std::string_view& text) {
        std::size_t length = 1;
        while (length < text.size() && is_digit(text[length]) == is_digit(text[0])) {
            ++length;
        }
        const std::string_view chunk = text.substr(0, length);
        text.remove_prefix(length);
        return chunk;
    };
    const auto significant = [](std::string_view digits) {
        return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
    };
    while (!a.empty() && !b.empty()) {
        const std::string_view x = take(a);
        const std::string_view y = take(b);
        if (is_digit(x[0]) && is_digit(y[0])) {
            const std::string_view m = significant(x);
            const std::string_view n = significant(y);
            if (m != n) {
                return m.size() != n.size() ? m.size() < n.size() : m < n;
            }
        } else if (x != y) {
            return x < y;
        }
    }
    return a.empty() && !b.empty();
}

Result<Operand> sorted_by_labels(Invocation& f, bool is_ascending) {
    Items& items = f.items(0);
    std::vector<std::pair<Labels, Item>> keyed;
    for (Item& item : items.list) {
        Labels labels = labels_of(item, f.store);
        keyed.emplace_back(std::move(labels), std::move(item));
    }
    const auto before = [&f](const Labels& a, const Labels& b) {
        for (std::size_t i = 1; i < f.call.arguments.size(); ++i) {
            const auto x = value_of(a, f.text(i));
            const auto y = value_of(b, f.text(i));
            if (is_before(x, y) || is_before(y, x)) {
                return is_before(x, y);
            }
        }
        return a < b;
    };
    std::stable_sort(keyed.begin(), keyed.end(), [&](const auto& a, const auto& b) {
        return is_ascending ? before(a.first, b.first) : before(b.first, a.first);
    });
    items.list.clear();
    for (auto& [labels, item] : keyed) {
        items.list.push_back(std::move(item));
    }
    return Operand{std::move(items)};
}

}  // namespace

namespace whole {

Result<Operand> label_replace(Invocation& f) {
    const std::string& name = f.text(1);
    const auto pattern = f.patterns.of(f.call, f.text(4), f.dialect);
    if (!pattern) {
        return fail(pattern.error());
    }
    if (!is_label_name(name, f.dialect)) {
        return wrong_name("destination", "label_replace", name);
    }
    Items& items = f.items(0);
    for (Item& item : items.list) {
        const auto value = (*pattern)->replaced(label_of(item, f.store, f.text(3)), f.text(2));
        if (value) {
            set_label(item, f.store, name, *value);
        }
    }
    items.have_one_name = false;
    return Operand{std::move(items)};
}

Result<Operand> label_join(Invocation& f) {
    const std::string& name = f.text(1);
    for (std::size_t i = 3; i < f.call.arguments.size(); ++i) {
        if (!is_label_name(f.text(i), f.dialect)) {
            return wrong_name("source", "label_join", f.text(i));
        }
    }
    if (!is_label_name(name, f.dialect)) {
        return wrong_name("destination", "label_join", name);
    }
    Items& items = f.items(0);
    for (Item& item : items.list) {
        std::string joined;
        for (std::size_t i = 3; i < f.call.arguments.size(); ++i) {
            joined += i > 3 ? f.text(2) : "";
            joined += label_of(item, f.store, f.text(i));
        }
        set_label(item, f.store, name, std::move(joined));
    }
    items.have_one_name = false;
    return Operand{std::move(items)};
}

Result<Operand> sort_by_label(Invocation& f) {
    return sorted_by_labels(f, true);
}

Result<Operand> sort_by_label_desc(Invocation& f) {
    return sorted_by_labels(f, false);
}

}  // namespace whole
}  // namespace tided::metrics::promql
