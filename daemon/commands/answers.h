// Answers: what the daemon says on its control socket, as the commands read it.
#pragma once

#include <string>

#include <boost/json/object.hpp>

#include "daemon/server/control_client.h"
#include "policy/vocab/result.h"

namespace tided::daemon {

/// As text; "-" when it is null or not there.
[[nodiscard]] std::string text_of(const boost::json::object& object, const char* key);

/// The JSON of a good answer; prints the error of any other and sets the exit code.
[[nodiscard]] bool take(const Result<ControlAnswer>& answer,
                        boost::json::object& object,
                        int& exit_code);

}  // namespace tided::daemon
