#include "daemon/commands/answers.h"

#include <cstdio>

#include <boost/json.hpp>

#include "daemon/commands/commands.h"

namespace tided::daemon {

namespace json = boost::json;

std::string text_of(const json::object& object, const char* key) {
    const json::value* value = object.if_contains(key);
    if (value == nullptr || value->is_null()) {
        return "-";
    }
    return value->is_string() ? std::string{value->get_string()} : json::serialize(*value);
}

bool take(const Result<ControlAnswer>& answer, json::object& object, int& exit_code) {
    exit_code = exit_failure;
    if (!answer) {
        std::fprintf(stderr, "tided: %s\n", answer.error().message.c_str());
        return false;
    }
    boost::system::error_code problem;
    const json::value value = json::parse(answer->body, problem);
    if (problem || !value.is_object()) {
        std::fprintf(stderr, "tided: the daemon's answer is not JSON (%d)\n", answer->status);
        return false;
    }
    object = value.get_object();
    if (answer->status != 200) {
        std::fprintf(stderr, "tided: %s\n", text_of(object, "error").c_str());
        exit_code = answer->status == 400 || answer->status == 422 ? exit_invalid : exit_failure;
        return false;
    }
    exit_code = 0;
    return true;
}

}  // namespace tided::daemon
