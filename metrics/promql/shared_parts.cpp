#include "metrics/promql/shared_parts.h"

namespace tided::metrics::promql {

SharedParts::Number SharedParts::add(const std::string& text) {
    const auto [found, is_new] = numbers_.try_emplace(text, Number{});
    if (is_new) {
        if (free_.empty()) {
            free_.push_back(static_cast<Number>(parts_.size()));
            parts_.emplace_back();
        }
        found->second = free_.back();
        free_.pop_back();
        parts_[found->second].text = text;
    }
    ++parts_[found->second].users;
    return found->second;
}

void SharedParts::remove(Number part) {
    if (--parts_[part].users == 0) {
        numbers_.erase(parts_[part].text);
        parts_[part] = {};
        free_.push_back(part);
    }
}

const SharedParts::Value* SharedParts::find(Number part, const Instant& instant) const {
    const Part& known = parts_[part];
    return known.instant == instant ? &known.value : nullptr;
}

void SharedParts::keep(Number part, const Instant& instant, const Value& value) {
    parts_[part].instant = instant;
    parts_[part].value = value;
}

}  // namespace tided::metrics::promql
