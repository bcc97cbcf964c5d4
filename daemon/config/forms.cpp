#include "daemon/config/forms.h"

#include <algorithm>

namespace tided::config {
namespace {

bool all_children_are(const Node& node, Node::Kind kind) {
    return std::all_of(node.children.begin(), node.children.end(), [&](const Node& child) {
        return child.kind == kind;
    });
}

}  // namespace

std::string_view expectation_of(Form form) {
    switch (form) {
        case Form::boolean:
            return "true or false";
        case Form::integer:
            return "an integer";
        case Form::number:
            return "a number";
        case Form::duration:
            return "a duration such as \"90s\"";
        case Form::bytes:
            return "a size such as \"512Mi\"";
        case Form::ratio:
            return "a ratio such as \"80%\" or 0.8";
        case Form::quantity:
            return "a quantity such as 100 or \"250m\"";
        case Form::texts:
            return "a list of strings";
        case Form::text_or_texts:
            return "a string or a list of strings";
        case Form::map:
            return "a table of strings";
        case Form::table:
            return "a table";
        case Form::tables:
            return "a list of tables";
        case Form::table_map:
            return "a table of tables";
        default:
            return "a string";
    }
}

bool has_form(const Node& node, Form form) {
    using Kind = Node::Kind;
    const bool is_number = node.kind == Kind::integer || node.kind == Kind::number;
    switch (form) {
        case Form::boolean:
            return node.kind == Kind::boolean;
        case Form::integer:
            return node.kind == Kind::integer;
        case Form::number:
            return is_number;
        case Form::bytes:
            return node.kind == Kind::text || node.kind == Kind::integer;
        case Form::ratio:
        case Form::quantity:
            return node.kind == Kind::text || is_number;
        case Form::text_or_texts:
            return node.kind == Kind::text ||
                   (node.kind == Kind::array && all_children_are(node, Kind::text));
        case Form::texts:
            return node.kind == Kind::array && all_children_are(node, Kind::text);
        case Form::map:
            return node.kind == Kind::table && all_children_are(node, Kind::text);
        case Form::table:
            return node.kind == Kind::table;
        case Form::tables:
            return node.kind == Kind::array && all_children_are(node, Kind::table);
        case Form::table_map:
            return node.kind == Kind::table && all_children_are(node, Kind::table);
        default:
            return node.kind == Kind::text;
    }
}

const Node& culprit_of(const Node& node, Form form) {
    const bool is_list =
        node.kind == Node::Kind::array || form == Form::map || form == Form::table_map;
    const bool holds_tables = form == Form::tables || form == Form::table_map;
    const Node::Kind wanted = holds_tables ? Node::Kind::table : Node::Kind::text;
    if (is_list && form != Form::table && node.kind != Node::Kind::text) {
        for (const Node& child : node.children) {
            if (child.kind != wanted) {
                return child;
            }
        }
    }
    return node;
}

}  // namespace tided::config
