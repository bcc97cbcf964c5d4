// for_each and overrides: a policy that is made once for each value of a label, and its pool.
#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "daemon/config/compile_metrics.h"
#include "daemon/config/expression.h"
#include "daemon/config/instance.h"
#include "daemon/config/templates.h"

namespace tided::config {
namespace {

bool is_label(std::string_view text) {
    return !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) == 0 &&
           std::all_of(text.begin(), text.end(), [](unsigned char c) {
               return std::isalnum(c) != 0 || c == '_';
           });
}

Node* child_of(Node& table, std::string_view name) {
    const auto at = std::find_if(table.children.begin(),
                                 table.children.end(),
                                 [&](const Node& child) { return child.name == name; });
    return at == table.children.end() ? nullptr : &*at;
}

std::string_view metric_name(const Node& metric) {
    const Node* name = metric.find("name");
    return name == nullptr ? std::string_view{} : std::string_view{name->text};
}

void lay_over(Node& base, const Node& over, const std::set<std::string_view>& deep) {
    for (const Node& child : over.children) {
        Node* known = child_of(base, child.name);
        if (known == nullptr) {
            base.children.push_back(child);
        } else if (deep.contains(child.name) && known->kind == child.kind) {
            lay_over(*known, child, deep);
        } else {
            *known = child;
        }
    }
}

/// The policy's table as it would stand in the file for one value alone.
Node overridden(Compiling& in, const Node& policy, const Node& over) {
    Node whole = policy;
    std::erase_if(whole.children, [](const Node& child) {
        return child.name == "for_each" || child.name == "overrides";
    });
    Node plain = over;
    Node* metrics = child_of(whole, "metric");
    for (const Node& child : over.children) {
        if (child.name != "metric" || !child.is_usable) {
            continue;
        }
        for (const Node& metric : child.children) {
            const std::string_view name = metric_name(metric);
            Node* known = nullptr;
            for (std::size_t i = 0; metrics != nullptr && i < metrics->children.size(); ++i) {
                Node& one = metrics->children[i];
                known = metric_name(one) == name ? &one : known;
            }
            if (known != nullptr) {
                lay_over(*known, metric, {});
            } else if (!name.empty()) {
                in.report.add(Problem::bad_value,
                              metric.find("name")->value,
                              {"name", "the policy has no metric '" + std::string{name} + '\''});
            }
        }
    }
    std::erase_if(plain.children, [](const Node& child) { return child.name == "metric"; });
    lay_over(whole, plain, {"behavior", "scale_up", "scale_down"});
    return whole;
}

void compile_overrides(Compiling& in, const Node& node, const Fields& fields, Template& made) {
    const Node* overrides = fields.find("overrides");
    if (overrides == nullptr) {
        return;
    }
    for (const Node& over : overrides->children) {
        const Node whole = overridden(in, node, over);
        made.overrides.emplace(over.name, compile_policy(in, whole, &over));
    }
}

/// The usable queries of a policy's metrics and of its sizing.
std::vector<const Node*> queries_of(const Node& policy) {
    std::vector<const Node*> queries;
    const auto add = [&](const Node& table, std::string_view key) {
        const Node* query = table.find(key);
        if (query != nullptr && query->is_usable && query->kind == Node::Kind::text) {
            queries.push_back(query);
        }
    };
    const Node* metrics = policy.find("metric");
    if (metrics != nullptr && metrics->kind == Node::Kind::array) {
        for (const Node& metric : metrics->children) {
            add(metric, "query");
        }
    }
    if (const Node* vertical = policy.find("vertical")) {
        for (const std::string_view key : usage_keys) {
            add(*vertical, key);
        }
    }
    return queries;
}

/// A placeholder is data only between quotes that can be escaped.
void check_placeholders(Compiling& in, const Node& node, const Template& made) {
    if (made.label.empty()) {
        return;
    }
    for (const Node* query : queries_of(node)) {
        if (const auto at = misplaced(query->text, made.label)) {
            const std::string_view before = std::string_view{query->text}.substr(0, *at);
            const auto line =
                static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
            const std::size_t begin = line == 0 ? 0 : before.rfind('\n') + 1;
            in.report.add(
                Problem::bad_template,
                place_inside(
                    in.report.text_of(query->value), query->value, line + 1, *at - begin + 1),
                {query->name, '{' + made.label + "} stands outside of quotes"},
                "write it within the double or single quotes of a label's value");
        } else if (!has_placeholder(query->text, made.label)) {
            in.report.add(Problem::same_for_all, query->value, {query->name, made.label});
        }
    }
}

void check_label(Compiling& in, const Fields& for_each, const std::string& label) {
    if (for_each.find("label") != nullptr && !is_label(label)) {
        in.report.add(Problem::bad_name,
                      for_each.place("label"),
                      {label, "a label"},
                      "letters, digits or '_', the first no digit");
    } else if (label == "index" || label == "port") {
        in.report.add(Problem::bad_value,
                      for_each.place("label"),
                      {"label", '{' + label + "} has a meaning of its own in pools"});
    }
}

/// Sources on a Kubernetes metrics API do not; references.cpp says so.
bool lists_values(const Compiling& in, std::string_view name) {
    return std::none_of(in.config.sources.begin(), in.config.sources.end(), [&](const Source& one) {
        return one.name == name && std::holds_alternative<metrics::KubernetesMetricsSpec>(one.spec);
    });
}

/// Texts of a pool that may hold a placeholder.
std::vector<const Node*> texts_of(const Node& pool) {
    std::vector<const Node*> texts;
    for (const Node& child : pool.children) {
        if (child.kind == Node::Kind::text && child.name != "provider") {
            texts.push_back(&child);
        }
        for (const Node& element : child.children) {
            texts.push_back(&element);
        }
    }
    return texts;
}

void check_programs(Compiling& in, const Node& pool, std::string_view label) {
    for (const char* key : {"command", "observe", "apply"}) {
        const Node* command = pool.find(key);
        if (command == nullptr || command->children.empty()) {
            continue;
        }
        if (has_placeholder(command->children.front().text, label)) {
            in.report.add(Problem::bad_template,
                          command->children.front().value,
                          {key, "which program runs must not come from a metric"});
        }
    }
}

}  // namespace

std::string_view label_of_pool(const Compiling& in, std::string_view pool) {
    const Node* policies = in.root.find("policy");
    if (policies == nullptr) {
        return {};
    }
    for (const Node& policy : policies->children) {
        const Node* named = policy.find("pool");
        const Node* for_each = policy.find("for_each");
        const Node* label = for_each == nullptr ? nullptr : for_each->find("label");
        if (named != nullptr && named->text == pool && label != nullptr) {
            return label->text;
        }
    }
    return {};
}

void compile_template(Compiling& in, const Node& node, const Fields& fields, Policy policy) {
    const Fields for_each = fields.inner("for_each");
    Template made{.label = for_each.text("label"),
                  .source = for_each.text("source"),
                  .query = {.expression = for_each.text("query"),
                            .max_age = for_each.duration("max_age"),
                            .label = for_each.text("label")},
                  .max = static_cast<std::size_t>(for_each.integer("max")),
                  .grace = for_each.duration("grace"),
                  .policy = std::move(policy),
                  .pool = {},
                  .overrides = {}};
    check_label(in, for_each, made.label);
    if (lists_values(in, made.source)) {
        check_query(in, for_each, "query", made.source);
    }
    check_placeholders(in, node, made);
    compile_overrides(in, node, fields, made);
    in.config.templates.push_back(std::move(made));
    in.template_nodes.push_back(&node);
}

void check_template_pool(Compiling& in, const Node& node, const Pool& pool) {
    const std::string_view label = label_of_pool(in, node.name);
    if (label.empty()) {
        return;
    }
    const auto texts = texts_of(node);
    const bool is_filled = std::any_of(texts.begin(), texts.end(), [&](const Node* text) {
        return has_placeholder(text->text, label);
    });
    if (!is_filled) {
        in.report.add(Problem::bad_template,
                      node.key,
                      {node.name, "all its instances would scale one and the same"},
                      "use {" + std::string{label} + "} in it");
    }
    check_programs(in, node, label);
    const auto* children = std::get_if<actuators::ProcessPoolSpec>(&pool.spec);
    if (children != nullptr && children->first_port != 0) {
        in.report.add(Problem::bad_template,
                      node.find("first_port")->key,
                      {"first_port", "all instances of a template would use the same ports"});
    }
    if (children != nullptr && !children->keep) {
        in.report.add(
            Problem::bad_template,
            node.key,
            {node.name, "the processes of an instance must outlive it: its going ends none"},
            "write keep = true");
    }
}

}  // namespace tided::config
