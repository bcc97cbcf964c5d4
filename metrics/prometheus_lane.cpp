#include "metrics/prometheus_lane.h"

#include <map>
#include <utility>

#include "metrics/promql/parser.h"
#include "metrics/sample_age.h"
#include "policy/vocab/labels.h"

namespace tided::metrics {
namespace {

using Parts = std::map<std::string, ApiAnswer, std::less<>>;

Result<Parts> parted(const std::string& label,
                     const std::vector<std::string>& values,
                     const ApiAnswer& common) {
    Parts parts;
    for (const std::string& value : values) {
        parts[value].evaluated = common.evaluated;
    }
    for (const ApiElement& element : common.elements) {
        const auto part = parts.find(value_of(element.labels, label));
        if (part == parts.end()) {
            return fail(ErrorCode::corrupt,
                        "the answer has an element of no " + label + " that was asked for");
        }
        part->second.elements.push_back(element);
    }
    return parts;
}

}  // namespace

PrometheusLane::PrometheusLane(Questions questions, QueryGroup group)
    : questions_(std::move(questions)),
      label_(std::move(group.label)),
      values_(std::move(group.values)),
      query_(std::move(group.query)) {
    const Question& first = *questions_.front();
    if (label_.empty()) {
        query_ = first.expression().text;
        companion_ = first.companion();
    } else if (auto common = promql::parse(query_, first.expression().dialect)) {
        companion_ = SampleAge{*std::move(common), label_}.companion();
    }
    cost.query = shown();
    cost.questions = questions_.size();
}

bool PrometheusLane::is_worth_dating(const ApiAnswer& values) const {
    const bool is_some =
        label_.empty() ? questions_.front()->is_answered(values) : !values.elements.empty();
    return is_some && !companion_.empty();
}

std::string PrometheusLane::shown() const {
    static constexpr std::size_t longest = 80;
    return query_.size() <= longest ? query_ : query_.substr(0, longest) + "…";
}

Status PrometheusLane::give(const ApiAnswer& values, const ApiAnswer* stamps, Question::Asked how) {
    if (label_.empty()) {
        questions_.front()->learn(values, stamps, how);
        return {};
    }
    const auto value_parts = parted(label_, values_, values);
    if (!value_parts) {
        return fail(value_parts.error());
    }
    const auto stamp_parts = parted(label_, values_, stamps != nullptr ? *stamps : ApiAnswer{});
    if (!stamp_parts) {
        return fail(stamp_parts.error());
    }
    for (std::size_t i = 0; i < questions_.size(); ++i) {
        questions_[i]->learn(value_parts->at(values_[i]),
                             stamps != nullptr ? &stamp_parts->at(values_[i]) : nullptr,
                             how);
    }
    return {};
}

}  // namespace tided::metrics
