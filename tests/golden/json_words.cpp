#include "tests/golden/json_words.h"

namespace tided::golden {
namespace json = boost::json;

const json::value* member(const json::object& object, std::string_view key) {
    const json::value* found = object.if_contains(key);
    return found == nullptr || found->is_null() ? nullptr : found;
}

std::string_view text(const json::object& object, std::string_view key) {
    const json::value* found = member(object, key);
    return found == nullptr ? std::string_view{} : std::string_view{found->as_string()};
}

}  // namespace tided::golden
