// row_text: what single columns of a row say in text: lists of strings, the phases of a step.
#include <algorithm>
#include <array>

#include <boost/json.hpp>

#include "daemon/state/json.h"

namespace tided::daemon {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 3> phase_names{"intended", "pending", "finished"};

}  // namespace

std::string strings_to_json(const std::vector<std::string>& strings) {
    return strings.empty() ? std::string{}
                           : json::serialize(json::array(strings.begin(), strings.end()));
}

Result<std::vector<std::string>> strings_from_json(std::string_view text) {
    std::vector<std::string> strings;
    if (text.empty()) {
        return strings;
    }
    json::error_code error;
    const json::value value = json::parse(json::string_view{text.data(), text.size()}, error);
    if (error || !value.is_array()) {
        return fail(ErrorCode::corrupt, "a list of reasons cannot be read");
    }
    for (const json::value& string : value.get_array()) {
        if (!string.is_string()) {
            return fail(ErrorCode::corrupt, "reasons: expected strings");
        }
        strings.emplace_back(string.get_string());
    }
    return strings;
}

std::string_view to_string(StepPhase phase) {
    return phase_names.at(static_cast<std::size_t>(phase));
}

Result<StepPhase> step_phase(std::string_view text) {
    const auto* name = std::ranges::find(phase_names, text);
    if (name != phase_names.end()) {
        return static_cast<StepPhase>(name - phase_names.begin());
    }
    return fail(ErrorCode::corrupt, "step phase \"" + std::string{text} + "\" is unknown");
}

}  // namespace tided::daemon
