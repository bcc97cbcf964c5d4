#include "daemon/server/replies.h"

#include "daemon/server/request_target.h"

namespace tided::daemon {

namespace {

int status_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::invalid_input:
            return 400;
        case ErrorCode::unauthenticated:
            return 401;
        case ErrorCode::forbidden:
            return 403;
        case ErrorCode::not_found:
            return 404;
        case ErrorCode::conflict:
            return 409;
        case ErrorCode::throttled:
            return 429;
        case ErrorCode::out_of_capacity:
        case ErrorCode::unavailable:
        case ErrorCode::timed_out:
        case ErrorCode::cancelled:
            return 503;
        case ErrorCode::unsupported:
            return 422;
        case ErrorCode::corrupt:
        case ErrorCode::internal:
            return 500;
    }
    return 500;
}

}  // namespace

HttpReply json_reply(std::string body) {
    HttpReply reply;
    reply.body = std::move(body) + "\n";
    return reply;
}

HttpReply text_reply(int status, std::string body) {
    HttpReply reply{.status = status, .content_type = "text/plain; charset=utf-8"};
    reply.body = std::move(body);
    return reply;
}

HttpReply failure_reply(const Error& error) {
    return error_reply(status_of(error.code), error.message);
}

HttpReply no_such_policy(Control& control, const std::string& name) {
    std::string sentence = "there is no policy \"" + name + "\"";
    if (const std::string near = nearest_policy(control.policies(), name); !near.empty()) {
        sentence += ", did you mean \"" + near + "\"?";
    }
    return error_reply(404, sentence);
}

bool take_own_name(Control& control, std::string& name) {
    const PolicyView* view = control.policies().find(name);
    if (view != nullptr) {
        name = view->name;
    }
    return view != nullptr;
}

}  // namespace tided::daemon
