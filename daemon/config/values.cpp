#include "daemon/config/values.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cctype>
#include <charconv>
#include <cmath>

namespace tided::config {
namespace {

Result<double> parse_number(std::string_view text) {
    double value = 0.0;
    const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc{} || stop != text.data() + text.size() || !std::isfinite(value)) {
        return fail(ErrorCode::invalid_input, "'" + std::string{text} + "' is not a number");
    }
    return value;
}

bool is_word(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '_';
    });
}

}  // namespace

Result<double> magnitude(Form form, std::string_view text) {
    switch (form) {
        case Form::duration:
            return parse_duration(text).map(
                [](Duration d) { return static_cast<double>(d.count()); });
        case Form::bytes:
            return parse_bytes(text).map([](Bytes b) { return static_cast<double>(b.count); });
        case Form::ratio:
            return parse_ratio(text).map([](Ratio r) { return r.value; });
        case Form::quantity:
            return parse_milli_quantity(text).map(
                [](std::int64_t n) { return static_cast<double>(n) / 1000.0; });
        default:
            return parse_number(text);
    }
}

Result<double> magnitude(Form form, const Node& node) {
    if (node.kind == Node::Kind::text) {
        return magnitude(form, node.text);
    }
    const double value =
        node.kind == Node::Kind::integer ? static_cast<double>(node.integer) : node.number;
    if (!std::isfinite(value)) {
        return fail(ErrorCode::invalid_input, shown(node) + " is not a finite number");
    }
    return value;
}

std::string shown(const Node& node) {
    switch (node.kind) {
        case Node::Kind::text:
            return '"' + node.text + '"';
        case Node::Kind::integer:
            return std::to_string(node.integer);
        case Node::Kind::boolean:
            return node.boolean ? "true" : "false";
        case Node::Kind::number: {
            std::array<char, 64> buffer{};
            const auto end =
                std::to_chars(buffer.data(), buffer.data() + buffer.size(), node.number).ptr;
            return {buffer.data(), end};
        }
        default:
            return std::string{described(node.kind)};
    }
}

std::string said(const Node& node) {
    return node.kind == Node::Kind::text ? node.text : shown(node);
}

Result<SecretRef> parse_secret_reference(std::string_view text) {
    const std::size_t colon = text.find(':');
    const std::string_view kind = text.substr(0, colon);
    const std::string name{colon == std::string_view::npos ? "" : text.substr(colon + 1)};
    if (kind == "credential") {
        if (name.find('/') != std::string::npos || name.starts_with('.')) {
            return fail(ErrorCode::invalid_input,
                        "a credential is named without '/' and does not start with '.'");
        }
        return SecretRef{.kind = SecretRef::Kind::credential, .name = name};
    }
    if (kind == "file") {
        if (!name.starts_with('/')) {
            return fail(ErrorCode::invalid_input, "the path behind 'file:' must be absolute");
        }
        return SecretRef{.kind = SecretRef::Kind::file, .name = name};
    }
    if (!is_word(name) || std::isdigit(static_cast<unsigned char>(name.front())) != 0) {
        return fail(ErrorCode::invalid_input,
                    "a variable behind 'env:' has letters, digits and '_', the first no digit");
    }
    return SecretRef{.kind = SecretRef::Kind::env, .name = name};
}

const Node* Fields::find(std::string_view name) const {
    assert(schema_.find(name) != nullptr);
    const Node* found = node_ == nullptr ? nullptr : node_->find(name);
    return found != nullptr && found->is_usable ? found : nullptr;
}

bool Fields::is_written(std::string_view name) const {
    return node_ != nullptr && node_->find(name) != nullptr;
}

Place Fields::place(std::string_view name) const {
    const Node* found = node_ == nullptr ? nullptr : node_->find(name);
    return found != nullptr ? found->value : node_ != nullptr ? node_->key : Place{};
}

Fields Fields::inner(std::string_view name) const {
    const Key* key = schema_.find(name);
    assert(key != nullptr && key->inner != nullptr);
    return Fields{find(name), *key->inner};
}

std::string_view Fields::standard(std::string_view name) const {
    const Key* key = schema_.find(name);
    assert(key != nullptr);
    return key->standard;
}

std::string Fields::text(std::string_view name) const {
    const Node* found = find(name);
    return found != nullptr ? found->text : std::string{standard(name)};
}

bool Fields::boolean(std::string_view name) const {
    const Node* found = find(name);
    return found != nullptr ? found->boolean : standard(name) == "true";
}

std::int64_t Fields::integer(std::string_view name) const {
    const Node* found = find(name);
    return found != nullptr ? found->integer
                            : std::llround(magnitude(Form::number, standard(name)).value_or(0.0));
}

double Fields::number(std::string_view name) const {
    const Form form = schema_.find(name)->form;
    const Node* found = find(name);
    return (found != nullptr ? magnitude(form, *found) : magnitude(form, standard(name)))
        .value_or(0.0);
}

Duration Fields::duration(std::string_view name) const {
    return written_duration(name).value_or(
        parse_duration(standard(name)).value_or(Duration::zero()));
}

std::size_t Fields::bytes(std::string_view name) const {
    const Node* found = find(name);
    const double size =
        (found != nullptr ? magnitude(Form::bytes, *found) : magnitude(Form::bytes, standard(name)))
            .value_or(0.0);
    return static_cast<std::size_t>(std::max(size, 0.0));
}

std::optional<Duration> Fields::written_duration(std::string_view name) const {
    const Node* found = find(name);
    if (found == nullptr) {
        return std::nullopt;
    }
    const Result<Duration> read = parse_duration(found->text);
    return read ? std::optional{*read} : std::nullopt;
}

std::optional<SecretRef> Fields::secret(std::string_view name) const {
    const Node* found = find(name);
    if (found == nullptr) {
        return std::nullopt;
    }
    const Result<SecretRef> read = parse_secret_reference(found->text);
    return read ? std::optional{*read} : std::nullopt;
}

std::vector<std::string> Fields::texts(std::string_view name) const {
    const Node* found = find(name);
    std::vector<std::string> out;
    if (found == nullptr) {
        return out;
    }
    if (found->kind == Node::Kind::text) {
        return {found->text};
    }
    for (const Node& element : found->children) {
        out.push_back(element.text);
    }
    return out;
}

std::vector<std::pair<std::string, std::string>> Fields::map(std::string_view name) const {
    std::vector<std::pair<std::string, std::string>> out;
    if (const Node* found = find(name)) {
        for (const Node& child : found->children) {
            out.emplace_back(child.name, child.text);
        }
    }
    return out;
}

}  // namespace tided::config
