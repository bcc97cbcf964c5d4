#include "daemon/config/check.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "daemon/config/forms.h"
#include "daemon/config/redact.h"
#include "daemon/config/spelling.h"
#include "daemon/config/values.h"

namespace tided::config {
namespace {

using Candidates = std::vector<const Table*>;

class Checker {
public:
    explicit Checker(Report& report) : report_{report} {}

    void table(Node& node, const Candidates& candidates, const std::string& called) {
        for (Node& child : node.children) {
            if (const Key* key = find(candidates, child.name)) {
                value(child, *key);
            } else {
                stranger(child, candidates, called);
            }
        }
        if (candidates.size() == 1) {
            missing(node, *candidates.front(), called);
        }
    }

    /// Reports and marks.
    void wrong(Node& node,
               Problem problem,
               const Place& at,
               std::initializer_list<std::string_view> arguments,
               std::string hint = {}) {
        node.is_usable = false;
        report_.add(problem, at, arguments, std::move(hint));
    }

private:
    static const Key* find(const Candidates& candidates, std::string_view name) {
        for (const Table* candidate : candidates) {
            if (const Key* key = candidate->find(name)) {
                return key;
            }
        }
        return nullptr;
    }

    void stranger(Node& child, const Candidates& candidates, const std::string& called) {
        std::vector<std::string_view> known;
        for (const Table* table : candidates) {
            for (; table != nullptr; table = table->also) {
                if (has_word(table->later, child.name)) {
                    wrong(child, Problem::unsupported_key, child.key, {child.name, called});
                    return;
                }
                for (const Key& key : table->keys) {
                    known.push_back(key.name);
                }
            }
        }
        wrong(child,
              Problem::unknown_key,
              child.key,
              {child.name, called},
              did_you_mean(child.name, known));
    }

    void missing(const Node& node, const Table& schema, const std::string& called) {
        for (const Table* table = &schema; table != nullptr; table = table->also) {
            for (const Key& key : table->keys) {
                if (key.need == Need::required && node.find(key.name) == nullptr) {
                    const Place at = node.key.line != 0 ? node.key : node.value;
                    report_.add(Problem::missing_key, at, {key.name, called});
                }
            }
        }
    }

    void value(Node& node, const Key& key) {
        if (!has_form(node, key.form)) {
            wrong_type(node, key);
            return;
        }
        switch (key.form) {
            case Form::table:
                table(node, {key.inner}, '\'' + node.name + '\'');
                return;
            case Form::tables:
                for (Node& element : node.children) {
                    table(element, {key.inner}, '\'' + node.name + '\'');
                }
                if (node.children.empty()) {
                    wrong(node, Problem::empty_value, node.value, {key.name});
                }
                return;
            case Form::table_map:
                for (Node& element : node.children) {
                    table(element, {key.inner}, '\'' + node.name + '.' + element.name + '\'');
                }
                return;
            case Form::choice:
                choice(node, key, node);
                return;
            case Form::texts:
            case Form::text_or_texts:
                texts(node, key);
                return;
            case Form::secret:
                secret(node, key);
                return;
            case Form::text:
            case Form::path:
            case Form::url:
                text(node, key);
                return;
            case Form::any_text:
                if (node.text.find('\0') != std::string::npos) {
                    wrong(node,
                          Problem::bad_value,
                          node.value,
                          {key.name, "a NUL character is in it"});
                }
                return;
            case Form::boolean:
            case Form::map:
                return;
            default:
                quantity(node, key);
        }
    }

    void wrong_type(Node& node, const Key& key) {
        const bool is_number = node.kind == Node::Kind::integer || node.kind == Node::Kind::number;
        if (key.form == Form::duration && is_number) {
            const std::string number = shown(node);
            wrong(node,
                  Problem::missing_unit,
                  node.value,
                  {key.name, expectation_of(key.form)},
                  number.starts_with('-') || node.kind != Node::Kind::integer
                      ? "units are ms s m h d w"
                      : "write \"" + number + "s\" if seconds are meant");
            return;
        }
        const Node& culprit = culprit_of(node, key.form);
        const Place at = culprit.value;
        const std::string_view within = &culprit == &node                ? ""
                                        : node.kind == Node::Kind::table ? "a table with "
                                                                         : "an array with ";
        const std::string got = std::string{within} + std::string{described(culprit.kind)};
        wrong(node, Problem::wrong_type, at, {key.name, expectation_of(key.form), got});
    }

    void choice(Node& owner, const Key& key, const Node& node) {
        if (has_word(key.choices, node.text)) {
            return;
        }
        if (has_word(key.later, node.text)) {
            wrong(owner, Problem::unsupported_value, node.value, {key.name, node.text});
            return;
        }
        std::vector<std::string_view> known;
        for (std::string_view rest = key.choices; !rest.empty();) {
            const std::size_t end = std::min(rest.find(' '), rest.size());
            known.push_back(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
        wrong(owner,
              Problem::not_a_choice,
              node.value,
              {key.name, listed(key.choices), node.text},
              did_you_mean(node.text, known));
    }

    void texts(Node& node, const Key& key) {
        if (node.kind == Node::Kind::array && node.children.empty() &&
            (key.need == Need::required || !key.standard.empty())) {
            wrong(node, Problem::empty_value, node.value, {key.name});
        }
        if (!key.choices.empty()) {
            for (const Node& element : node.children) {
                choice(node, key, element);
            }
        }
    }

    void text(Node& node, const Key& key) {
        if (node.text.empty()) {
            wrong(node, Problem::empty_value, node.value, {key.name});
        } else if (node.text.find('\0') != std::string::npos) {
            wrong(node, Problem::bad_value, node.value, {key.name, "a NUL character is in it"});
        } else if (key.form == Form::path && !node.text.starts_with('/')) {
            wrong(node, Problem::bad_value, node.value, {key.name, "the path must be absolute"});
        }
    }

    void secret(Node& node, const Key& key) {
        if (!is_secret_reference(node.text)) {
            const bool is_path = node.text.starts_with('/') || node.text.starts_with('~');
            wrong(node,
                  Problem::literal_secret,
                  node.value,
                  {key.name},
                  is_path ? "a path is written \"file:/PATH\", from the root on" : "");
        } else if (const auto reference = parse_secret_reference(node.text); !reference) {
            wrong(node, Problem::bad_reference, node.value, {key.name, reference.error().message});
        }
    }

    void quantity(Node& node, const Key& key) {
        const Result<double> size = magnitude(key.form, node);
        if (!size) {
            wrong(node, Problem::bad_value, node.value, {key.name, size.error().message});
            return;
        }
        const bool below = !key.low.empty() && *size < magnitude(key.form, key.low).value_or(*size);
        const bool above =
            !key.high.empty() && *size > magnitude(key.form, key.high).value_or(*size);
        if (!below && !above) {
            return;
        }
        const std::string low{key.low};
        const std::string high{key.high};
        const std::string range = low.empty()    ? "at most " + high
                                  : high.empty() ? "at least " + low
                                                 : "between " + low + " and " + high;
        wrong(node,
              Problem::out_of_range,
              node.value,
              {key.name, range, node.kind == Node::Kind::text ? node.text : shown(node)});
    }

    Report& report_;
};

constexpr std::size_t longest_name = 63;

bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= longest_name &&
           std::isalnum(static_cast<unsigned char>(name.front())) != 0 &&
           std::all_of(name.begin(), name.end(), [](unsigned char c) {
               return std::isalnum(c) != 0 || c == '_' || c == '-';
           });
}

void check_group(const Node& root, Node& node, const Group& group, Checker& checker) {
    const auto not_a_table = [&](Node& at, std::string_view expected) {
        checker.wrong(at,
                      Problem::wrong_type,
                      at.value,
                      {at.name, expected, described(at.kind)},
                      "write [" + node.name + ".NAME]");
    };
    if (node.kind != Node::Kind::table) {
        not_a_table(node, "a table of tables");
        return;
    }
    for (Node& member : node.children) {
        const std::string called = '[' + node.name + '.' + member.name + ']';
        if (member.kind != Node::Kind::table) {
            not_a_table(member, "a table");
            continue;
        }
        if (!is_name(member.name)) {
            checker.wrong(member, Problem::bad_name, member.key, {member.name, group.singular});
        }
        Candidates candidates;
        if (const Table* table = table_of(root, group, member)) {
            candidates.push_back(table);
        } else {
            for (const Variant& variant : group.variants) {
                candidates.push_back(variant.table);
            }
            const std::string_view selector = &group == &pool_group() ? "provider" : "type";
            if (member.find(selector) == nullptr) {
                checker.wrong(member, Problem::missing_key, member.key, {selector, called});
            }
        }
        checker.table(member, candidates, called);
    }
}

std::string_view text_in(const Node* table, std::string_view name) {
    const Node* found = table == nullptr ? nullptr : table->find(name);
    return found != nullptr && found->kind == Node::Kind::text ? std::string_view{found->text}
                                                               : std::string_view{};
}

}  // namespace

const Group* group_called(std::string_view name) {
    for (const Group* group : {&source_group(),
                               &provider_group(),
                               &pool_group(),
                               &policy_group(),
                               &notify_group(),
                               &holidays_group()}) {
        if (group->name == name) {
            return group;
        }
    }
    return nullptr;
}

const Table* table_of(const Node& root, const Group& group, const Node& member) {
    if (group.variants.size() == 1) {
        return group.variants.front().table;
    }
    if (&group != &pool_group()) {
        return group.find(text_in(&member, "type"));
    }
    const Node* providers = root.find("provider");
    const std::string_view name = text_in(&member, "provider");
    return providers == nullptr ? nullptr : group.find(text_in(providers->find(name), "type"));
}

void check(Node& root, Report& report) {
    Checker checker{report};
    for (Node& node : root.children) {
        if (const Group* group = group_called(node.name)) {
            check_group(root, node, *group, checker);
        } else if (node.name == "daemon" && node.kind == Node::Kind::table) {
            checker.table(node, {&daemon_table()}, "[daemon]");
        } else if (node.name == "daemon") {
            checker.wrong(node,
                          Problem::wrong_type,
                          node.value,
                          {node.name, "a table", described(node.kind)});
        } else if (has_word(later_tables(), node.name)) {
            checker.wrong(node, Problem::unsupported_key, node.key, {node.name, "the policy file"});
        } else {
            checker.wrong(
                node,
                Problem::unknown_key,
                node.key,
                {node.name, "the policy file"},
                did_you_mean(
                    node.name,
                    {"daemon", "source", "provider", "pool", "policy", "notify", "holidays"}));
        }
    }
}

}  // namespace tided::config
