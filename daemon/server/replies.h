// Replies: the shapes that answers have, and the two things many routes do with a policy's name.
#pragma once

#include <string>

#include "daemon/server/http_server.h"
#include "daemon/server/routes.h"

namespace tided::daemon {

[[nodiscard]] HttpReply json_reply(std::string body);
[[nodiscard]] HttpReply text_reply(int status, std::string body);
/// The error's message under the status that fits its code.
[[nodiscard]] HttpReply failure_reply(const Error& error);
/// 404 with the nearest name there is.
[[nodiscard]] HttpReply no_such_policy(Control& control, const std::string& name);

/// An instance may be called in several ways; from here on it has one name. False: there is none.
[[nodiscard]] bool take_own_name(Control& control, std::string& name);

}  // namespace tided::daemon
