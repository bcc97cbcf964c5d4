// Suite vpa-cases: cases.json holds cases by kind; a table says how a kind is worked out and which
// keys of a case are results.
#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "tests/golden/golden.h"

namespace tided::golden {
namespace json = boost::json;

namespace {

const CaseKind* kind_named(std::string_view name) {
    for (const std::span<const CaseKind> kinds : {sizing_case_kinds(), update_case_kinds()}) {
        const auto kind = std::ranges::find(kinds, name, &CaseKind::name);
        if (kind != kinds.end()) {
            return &*kind;
        }
    }
    return nullptr;
}

json::value results_in(const json::object& test, const CaseKind& kind) {
    json::object results;
    for (const std::string_view output : kind.outputs) {
        if (const json::value* result = test.if_contains(output)) {
            results[output] = *result;
        }
    }
    return results;
}

Result<json::value> worked_out(const CaseKind& kind, const json::object& test) {
    try {
        return kind.work_out(test);
    } catch (const std::exception& problem) {
        return fail(ErrorCode::corrupt, problem.what());
    }
}

Checked check(std::string_view name, const json::object& test, std::size_t index) {
    const json::value* title = test.if_contains("name");
    Checked checked{.id = std::string{name} + '/' +
                          (title != nullptr && title->is_string()
                               ? std::string{std::string_view{title->get_string()}}
                               : std::to_string(index))};
    const CaseKind* kind = kind_named(name);
    if (kind == nullptr) {
        checked.got = fail(ErrorCode::unsupported, "kind of case " + std::string{name});
        return checked;
    }
    checked.expected = results_in(test, *kind);
    checked.got = worked_out(*kind, test);
    if (checked.got && kind->others != nullptr) {
        checked.others = kind->others(test);
    }
    return checked;
}

}  // namespace

std::vector<Checked> check_vpa_cases(const json::value& document,
                                     const std::filesystem::path& /*folder*/) {
    std::vector<Checked> all;
    for (const auto& kind : document.at("cases").as_object()) {
        std::size_t index = 0;
        for (const json::value& test : kind.value().as_array()) {
            all.push_back(check(kind.key(), test.as_object(), index++));
        }
    }
    return all;
}

}  // namespace tided::golden
