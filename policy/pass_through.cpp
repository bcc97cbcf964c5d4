#include "policy/pass_through.h"

namespace tided::policy {

std::optional<Proposal> pass_through(const Question& question) {
    return Proposal{.replicas = rounded_up(question.value)};
}

std::string pass_through_words(const Reason& /*link*/, const PolicySpec& /*spec*/) {
    return " (the count itself)";
}

}  // namespace tided::policy
