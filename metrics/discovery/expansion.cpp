#include "metrics/discovery/expansion.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace tided::metrics {
namespace {

// A byte of a letter beyond ASCII belongs to a name too, as the letter does in Go.
bool is_of_name(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return std::isalnum(byte) != 0 || c == '_' || byte >= 0x80;
}

struct Reference {
    std::string_view name;
    std::size_t size = 0;  ///< of what stands behind the dollar sign; 0: no reference
};

Reference read_reference(std::string_view text) {
    const bool is_braced = text.starts_with('{');
    const std::string_view rest = text.substr(is_braced ? 1 : 0);
    const auto end = std::find_if_not(rest.begin(), rest.end(), is_of_name);
    const auto size = static_cast<std::size_t>(end - rest.begin());
    if (size == 0 || (is_braced && rest.substr(size, 1) != "}")) {
        return {};
    }
    return {.name = rest.substr(0, size), .size = size + (is_braced ? 2 : 0)};
}

std::string_view group_of(std::string_view name, const MatchedGroups& groups) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    const bool is_number = error == std::errc{} && end == name.data() + name.size() &&
                           (name.size() == 1 || name.front() != '0');
    if (!is_number) {
        const auto named = groups.by_name->find(std::string{name});
        if (named == groups.by_name->end()) {
            return {};
        }
        number = static_cast<std::size_t>(named->second);
    }
    return number < groups.by_number.size() ? groups.by_number[number] : std::string_view{};
}

}  // namespace

std::string expanded(std::string_view text, const MatchedGroups& groups) {
    std::string out;
    for (;;) {
        const std::size_t dollar = text.find('$');
        out += text.substr(0, dollar);
        if (dollar == std::string_view::npos) {
            return out;
        }
        text.remove_prefix(dollar + 1);
        if (text.starts_with('$')) {
            out += '$';
            text.remove_prefix(1);
            continue;
        }
        const Reference reference = read_reference(text);
        out += reference.size == 0 ? std::string_view{"$"} : group_of(reference.name, groups);
        text.remove_prefix(reference.size);
    }
}

}  // namespace tided::metrics
