// The kinds of cases.json that act on a recommendation, by where their work is done.
#pragma once

#include <array>
#include <exception>

#include "tests/golden/golden.h"

namespace tided::golden {

/// What was thrown at a case that is not of the known form, as its error.
template <boost::json::value (*compute)(const boost::json::object&)>
Result<boost::json::value> caught(const boost::json::object& test) {
    try {
        return compute(test);
    } catch (const std::exception& problem) {
        return fail(ErrorCode::invalid_input, problem.what());
    }
}

[[nodiscard]] std::span<const CaseKind> updater_case_kinds();
[[nodiscard]] std::span<const CaseKind> admission_case_kinds();
[[nodiscard]] std::span<const CaseKind> balancer_case_kinds();

}  // namespace tided::golden
