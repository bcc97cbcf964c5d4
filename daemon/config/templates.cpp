#include "daemon/config/templates.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/address.h"
#include "daemon/config/instance.h"
#include "daemon/config/spelling.h"

namespace tided::config {
namespace {

bool is_word(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return std::isalpha(c) != 0 || c == '_';
    });
}

/// The words in braces, in order.
std::vector<std::string_view> placeholders_of(std::string_view text) {
    std::vector<std::string_view> words;
    for (std::size_t open = text.find('{'); open != std::string_view::npos;
         open = text.find('{', open + 1)) {
        const std::size_t close = text.find_first_of("{}", open + 1);
        if (close != std::string_view::npos && text[close] == '}' &&
            is_word(text.substr(open + 1, close - open - 1))) {
            words.push_back(text.substr(open + 1, close - open - 1));
        }
    }
    return words;
}

void check_text(Compiling& in, const Fields& pool, std::string_view key, const Node& node) {
    const std::string_view label = label_of_pool(in, pool.node()->name);
    for (const std::string_view word : placeholders_of(node.text)) {
        if (word == "port") {
            if (!pool.is_written("first_port")) {
                in.report.add(Problem::needs_other_key, node.value, {"{port}", "first_port"});
            }
        } else if (word != "index" && word != label) {
            in.report.add(Problem::bad_template,
                          node.value,
                          {key, '{' + std::string{word} + "} is not known"},
                          did_you_mean(word, {"index", "port"}));
        }
    }
}

std::string with_port(std::string text) {
    constexpr std::string_view word = "{port}";
    constexpr std::string_view index = "{index}";
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word)) {
        text.replace(at, word.size(), "80");
    }
    for (std::size_t at = text.find(index); at != std::string::npos; at = text.find(index)) {
        text.replace(at, index.size(), "1");
    }
    return text;
}

void check_probe_text(Compiling& in, const Fields& pool, const Node& node) {
    const std::string_view label = label_of_pool(in, pool.node()->name);
    const std::string text = label.empty() ? node.text : with_value(node.text, label, "a");
    if (Status status = check_probe(with_port(text)); !status) {
        in.report.add(Problem::bad_url, node.value, {"probe", status.error().message});
    } else if (placeholders_of(node.text).empty()) {
        in.report.add(Problem::bad_template,
                      node.value,
                      {"probe", "it is the same for every process"},
                      "use {port} or {index} in it");
    }
}

}  // namespace

void check_environment(Compiling& in, const Fields& pool) {
    const Node* environment = pool.find("environment");
    if (environment == nullptr) {
        return;
    }
    for (const Node& variable : environment->children) {
        if (variable.name.empty() ||
            variable.name.find_first_of(std::string_view{"=\0", 2}) != std::string::npos) {
            in.report.add(Problem::bad_name,
                          variable.key,
                          {variable.name, "an environment variable"},
                          "'=' is not allowed in it");
        }
        if (variable.text.find('\0') != std::string::npos) {
            in.report.add(
                Problem::bad_value, variable.value, {variable.name, "a NUL character is in it"});
        }
    }
}

void check_templates(Compiling& in, const Fields& pool) {
    check_environment(in, pool);
    for (const std::string_view key : {"command", "environment"}) {
        if (const Node* node = pool.find(key)) {
            for (const Node& child : node->children) {
                check_text(in, pool, key, child);
            }
        }
    }
    for (const std::string_view key : {"directory", "probe"}) {
        if (const Node* node = pool.find(key)) {
            check_text(in, pool, key, *node);
        }
    }
    if (const Node* probe = pool.find("probe")) {
        check_probe_text(in, pool, *probe);
    }
}

}  // namespace tided::config
