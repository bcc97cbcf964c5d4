// Suite hpa: the kinds of case and who works them out.
#include <algorithm>
#include <array>

#include <boost/json/object.hpp>

#include "tests/golden/golden.h"
#include "tests/golden/hpa_kinds.h"
#include "tests/golden/hpa_words.h"

namespace tided::golden {
namespace json = boost::json;

namespace {

struct Kind {
    std::string_view name;
    Result<json::value> (*work_out)(const json::object& test) = nullptr;
};

constexpr std::array<Kind, 12> kinds{{{"reconcile", &reconcile},
                                      {"replica_calc", &replica_calc},
                                      {"group_pods", &group_pods},
                                      {"calculate_requests", &calculate_requests},
                                      {"per_pod_usage", &per_pod_usage},
                                      {"rate_limit_with_behavior", &rate_limit_with_behavior},
                                      {"stabilize_with_behavior", &stabilize_with_behavior},
                                      {"stabilize_legacy", &stabilize_legacy},
                                      {"store_scale_event", &store_scale_event},
                                      {"clamp_legacy", &clamp_legacy},
                                      {"scale_up_limit", &scale_up_limit},
                                      {"scale_down_limit", &scale_down_limit}}};

Result<json::value> work_out(const json::object& test) {
    const std::string_view name = text(test, "kind");
    const auto* kind = std::ranges::find(kinds, name, &Kind::name);
    if (kind == kinds.end()) {
        return fail(ErrorCode::unsupported,
                    "cases of kind '" + std::string{name} + "' are unknown");
    }
    return kind->work_out(test);
}

}  // namespace

std::vector<Checked> check_hpa(const json::value& document,
                               const std::filesystem::path& /*folder*/) {
    std::vector<Checked> checked;
    for (const json::value& entry : document.at("cases").as_array()) {
        const json::object& test = entry.get_object();
        const json::value* expected = test.if_contains("expected");
        checked.push_back({.id = std::string{text(test, "id")},
                           .got = work_out(test),
                           .expected = expected == nullptr ? json::value{} : *expected});
    }
    return checked;
}

}  // namespace tided::golden
