// Suite vpa-cases: cases.json, {"cases": {KIND: [CASE, ...]}}. A case holds its inputs and its
// outputs side by side; the table of kinds says which are which.
#include <algorithm>

#include "tests/golden/golden.h"

namespace tided::golden {

namespace json = boost::json;

namespace {

const CaseKind* kind_named(std::string_view name) {
    const auto found = std::ranges::find(update_case_kinds(), name, &CaseKind::name);
    return found == update_case_kinds().end() ? nullptr : &*found;
}

std::string id_of(const CaseKind& kind, const json::object& test, std::size_t index) {
    std::string id{kind.name};
    for (const std::string_view key : {"name", "upstream_test"}) {
        if (const json::value* label = test.if_contains(key)) {
            return id + '/' + label->as_string().c_str();
        }
    }
    return id + '/' + std::to_string(index);
}

json::object restricted(const json::object& test, std::span<const std::string_view> keys) {
    json::object result;
    for (const std::string_view key : keys) {
        if (const json::value* value = test.if_contains(key)) {
            result[key] = *value;
        }
    }
    return result;
}

}  // namespace

std::vector<Checked> check_vpa_cases(const json::value& document,
                                     const std::filesystem::path& /*folder*/) {
    std::vector<Checked> all;
    for (const auto& entry : document.at("cases").as_object()) {
        const CaseKind* kind = kind_named(entry.key());
        const json::array& tests = entry.value().as_array();
        for (std::size_t i = 0; kind != nullptr && i < tests.size(); ++i) {
            const json::object& test = tests[i].as_object();
            all.push_back({.id = id_of(*kind, test, i),
                           .got = kind->work_out(test),
                           .expected = restricted(test, kind->outputs)});
        }
    }
    return all;
}

}  // namespace tided::golden
