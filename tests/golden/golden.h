// golden: expected values of Kubernetes' own code, put to the code that the daemon runs.
//
//   golden SUITE [--print] FILE...        SUITE: hpa | vpa | vpa-cases
//
// A suite turns a document of cases into results without looking at what is expected; comparing
// and counting is done once, here. An expected object names the keys that count.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "policy/vocab/result.h"

namespace tided::golden {

/// One case worked out.
struct Checked {
    std::string id;
    Result<boost::json::value> got = boost::json::value{};  ///< an error: not supported, malformed
    boost::json::value expected = {};                       ///< null: nothing to compare with
    std::vector<boost::json::value> others = {};            ///< as good as `got`
};

struct Suite {
    std::string_view name;
    /// Every case of `document`, in its order. `folder` is where the file lies.
    std::vector<Checked> (*check)(const boost::json::value& document,
                                  const std::filesystem::path& folder) = nullptr;
    /// What makes two results alike beyond equality.
    double relative_tolerance = 0.0;  ///< of numbers that are not whole
};

/// One kind of case in cases.json.
struct CaseKind {
    std::string_view name;
    /// An object with the keys `outputs`, worked out from the others.
    Result<boost::json::value> (*work_out)(const boost::json::object& test);
    std::span<const std::string_view> outputs;
    /// What else the case can have meant, where it does not say all that upstream was asked.
    std::vector<boost::json::value> (*others)(const boost::json::object& test) = nullptr;
};

/// The kinds that act on a recommendation: updater, admission, balancer.
[[nodiscard]] std::span<const CaseKind> update_case_kinds();
/// The kinds that make a recommendation: histograms, windows, estimates.
[[nodiscard]] std::span<const CaseKind> sizing_case_kinds();

/// Where `got` is not as `expected`, one clause each ("reason: expected \"A\", got \"B\""), or "".
/// Objects are compared on the keys of `expected`, arrays element by element, integers exactly; of
/// "error_contains" the text must occur.
[[nodiscard]] std::string differences(const boost::json::value& expected,
                                      const boost::json::value& got,
                                      double relative_tolerance);

[[nodiscard]] std::vector<Checked> check_hpa(const boost::json::value& document,
                                             const std::filesystem::path& folder);
[[nodiscard]] std::vector<Checked> check_vpa(const boost::json::value& document,
                                             const std::filesystem::path& folder);
[[nodiscard]] std::vector<Checked> check_vpa_cases(const boost::json::value& document,
                                                   const std::filesystem::path& folder);

}  // namespace tided::golden
