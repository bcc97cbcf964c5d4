#include "metrics/discovery/relabel.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include <re2/re2.h>

#include <openssl/evp.h>

#include "metrics/discovery/expansion.h"

namespace tided::metrics {
namespace {

using Action = RelabelSpec::Action;

re2::RE2::Options regex_options() {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_dot_nl(true);
    return options;
}

// What may be filled in before it is a label's name: "a_${1}_b", "$1".
bool is_label_pattern(const std::string& text) {
    static const re2::RE2 pattern{R"((?:(?:[a-zA-Z_]|\$(?:\{\w+\}|\w+))+\w*)+)"};
    return re2::RE2::FullMatch(text, pattern);
}

bool needs_target(Action action) {
    return action == Action::replace || action == Action::hashmod || action == Action::lowercase ||
           action == Action::uppercase || action == Action::keepequal ||
           action == Action::dropequal;
}

Labels::iterator place_of(Labels& labels, std::string_view name) {
    return std::lower_bound(
        labels.begin(), labels.end(), name, [](const Label& label, std::string_view wanted) {
            return label.name < wanted;
        });
}

void set(Labels& labels, std::string_view name, std::string value) {
    const auto at = place_of(labels, name);
    const bool exists = at != labels.end() && at->name == name;
    if (value.empty()) {
        if (exists) {
            labels.erase(at);
        }
    } else if (exists) {
        at->value = std::move(value);
    } else {
        labels.insert(at, {.name = std::string{name}, .value = std::move(value)});
    }
}

// MD5 takes part in no secret here: it spreads targets as every Prometheus does.
std::uint64_t spread_of(const std::string& value) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (EVP_Digest(value.data(), value.size(), digest.data(), &size, EVP_md5(), nullptr) != 1) {
        return 0;
    }
    std::uint64_t number = 0;
    for (std::size_t i = 8; i < 16; ++i) {
        number = number << 8U | digest[i];
    }
    return number;
}

template <int (*convert)(int)>
std::string in_case(std::string text) {
    for (char& c : text) {
        const auto byte = static_cast<unsigned char>(c);
        c = byte < 0x80 ? static_cast<char>(convert(byte)) : c;
    }
    return text;
}

}  // namespace

struct Relabelling::Rule {
    explicit Rule(const RelabelSpec& rule) : spec(rule), regex(rule.regex, regex_options()) {}

    [[nodiscard]] std::string value_in(const Labels& labels) const;
    [[nodiscard]] bool matches(const std::string& text) const {
        return re2::RE2::FullMatch(text, regex);
    }
    [[nodiscard]] bool apply(Labels& labels) const;
    void replace(Labels& labels, const std::string& value) const;
    void map_names(Labels& labels) const;

    RelabelSpec spec;
    re2::RE2 regex;
};

std::string Relabelling::Rule::value_in(const Labels& labels) const {
    std::string value;
    for (std::size_t i = 0; i < spec.source_labels.size(); ++i) {
        value += i == 0 ? "" : spec.separator;
        value += value_of(labels, spec.source_labels[i]);
    }
    return value;
}

namespace {

/// The groups of `regex` in `text`, or nothing when it does not match. Views into `text`.
std::optional<MatchedGroups> match(const re2::RE2& regex, const std::string& text) {
    std::vector<re2::StringPiece> pieces(static_cast<std::size_t>(regex.NumberOfCapturingGroups()) +
                                         1);
    if (!regex.Match(text,
                     0,
                     text.size(),
                     re2::RE2::ANCHOR_BOTH,
                     pieces.data(),
                     static_cast<int>(pieces.size()))) {
        return std::nullopt;
    }
    MatchedGroups groups{.by_number = {}, .by_name = &regex.NamedCapturingGroups()};
    for (const re2::StringPiece& piece : pieces) {
        groups.by_number.emplace_back(piece.data(), piece.size());
    }
    return groups;
}

}  // namespace

void Relabelling::Rule::replace(Labels& labels, const std::string& value) const {
    const auto groups = match(regex, value);
    if (!groups) {
        return;
    }
    const std::string target = expanded(spec.target_label, *groups);
    if (is_label_name(target)) {
        set(labels, target, expanded(spec.replacement, *groups));
    }
}

void Relabelling::Rule::map_names(Labels& labels) const {
    const Labels before = labels;
    for (const Label& label : before) {
        if (const auto groups = match(regex, label.name)) {
            set(labels, expanded(spec.replacement, *groups), label.value);
        }
    }
}

bool Relabelling::Rule::apply(Labels& labels) const {
    const std::string value = value_in(labels);
    switch (spec.action) {
        case Action::keep:
            return matches(value);
        case Action::drop:
            return !matches(value);
        case Action::keepequal:
            return value_of(labels, spec.target_label) == value;
        case Action::dropequal:
            return value_of(labels, spec.target_label) != value;
        case Action::replace:
            replace(labels, value);
            break;
        case Action::hashmod:
            set(labels, spec.target_label, std::to_string(spread_of(value) % spec.modulus));
            break;
        case Action::labelmap:
            map_names(labels);
            break;
        case Action::labeldrop:
            std::erase_if(labels, [this](const Label& label) { return matches(label.name); });
            break;
        case Action::labelkeep:
            std::erase_if(labels, [this](const Label& label) { return !matches(label.name); });
            break;
        case Action::lowercase:
            set(labels, spec.target_label, in_case<std::tolower>(value));
            break;
        case Action::uppercase:
            set(labels, spec.target_label, in_case<std::toupper>(value));
            break;
    }
    return true;
}

std::string_view to_string(Action action) {
    constexpr std::array<std::string_view, 11> names{"replace",
                                                     "keep",
                                                     "drop",
                                                     "keepequal",
                                                     "dropequal",
                                                     "hashmod",
                                                     "labelmap",
                                                     "labeldrop",
                                                     "labelkeep",
                                                     "lowercase",
                                                     "uppercase"};
    return names.at(static_cast<std::size_t>(action));
}

bool is_label_name(std::string_view name) {
    return !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
           std::all_of(name.begin(), name.end(), [](char c) {
               const auto byte = static_cast<unsigned char>(c);
               return c == '_' || (byte < 0x80 && std::isalnum(byte) != 0);
           });
}

std::optional<RuleFault> fault_of(const RelabelSpec& rule) {
    for (const std::string& name : rule.source_labels) {
        if (!is_label_name(name)) {
            return RuleFault{"source_labels", "\"" + name + "\" is no label's name"};
        }
    }
    if (const re2::RE2 regex{rule.regex, regex_options()}; !regex.ok()) {
        return RuleFault{"regex", "it does not compile: " + regex.error()};
    }
    const std::string action{to_string(rule.action)};
    if (needs_target(rule.action) && rule.target_label.empty()) {
        return RuleFault{"target_label", "the action " + action + " needs it"};
    }
    const bool is_filled_in = rule.action == Action::replace;
    if (!rule.target_label.empty() &&
        !(is_filled_in ? is_label_pattern(rule.target_label) : is_label_name(rule.target_label))) {
        return RuleFault{"target_label", "\"" + rule.target_label + "\" is no label's name"};
    }
    if (rule.action == Action::labelmap && !is_label_pattern(rule.replacement)) {
        return RuleFault{"replacement", "\"" + rule.replacement + "\" is no label's name"};
    }
    if (rule.action == Action::hashmod && rule.modulus == 0) {
        return RuleFault{"modulus", "the action hashmod needs it"};
    }
    return std::nullopt;
}

Relabelling::Relabelling() = default;
Relabelling::~Relabelling() = default;
Relabelling::Relabelling(Relabelling&&) noexcept = default;
Relabelling& Relabelling::operator=(Relabelling&&) noexcept = default;

Result<Relabelling> Relabelling::make(const std::vector<RelabelSpec>& rules) {
    Relabelling made;
    for (const RelabelSpec& rule : rules) {
        if (auto fault = fault_of(rule)) {
            return fail(ErrorCode::invalid_input,
                        "relabel: '" + std::string{fault->key} + "': " + fault->text);
        }
        made.rules_.push_back(std::make_unique<Rule>(rule));
    }
    return made;
}

bool Relabelling::apply(Labels& labels) const {
    return std::all_of(
        rules_.begin(), rules_.end(), [&](const auto& rule) { return rule->apply(labels); });
}

}  // namespace tided::metrics
