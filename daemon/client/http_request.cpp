#include "daemon/client/http_request.h"

#include <algorithm>
#include <array>

#include "daemon/client/base64.h"
#include "daemon/client/http_response.h"

namespace tided::daemon {

namespace {

constexpr std::string_view user_agent = "tided/" TIDED_VERSION;
constexpr std::array<std::string_view, 5> reserved{
    "host", "connection", "content-length", "transfer-encoding", "accept-encoding"};

bool is_token(std::string_view text) {
    static constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               others.find(c) != std::string_view::npos;
    });
}

bool is_value(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) >= ' ' && c != 0x7f) || c == '\t';
    });
}

Status check(const HttpCall& call) {
    if (!is_token(call.method)) {
        return fail(ErrorCode::invalid_input, "the request's method is no HTTP method");
    }
    for (const auto& [name, value] : call.headers) {
        if (!is_token(name)) {
            return fail(ErrorCode::invalid_input, "a header of the request has no proper name");
        }
        if (!is_value(value)) {
            return fail(ErrorCode::invalid_input,
                        "the value of the header " + name + " holds a control character");
        }
        const bool ours =
            std::any_of(reserved.begin(), reserved.end(), [&name = name](std::string_view one) {
                return same_name(one, name);
            });
        if (ours) {
            return fail(ErrorCode::invalid_input, "the header " + name + " is not the caller's");
        }
    }
    if (!is_value(call.authorization)) {
        return fail(ErrorCode::invalid_input,
                    "the credentials hold a control character, such as a line end in the middle");
    }
    return check_target(call.url.target);
}

void add(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

Result<std::string> serialize(const HttpCall& call, TargetForm form) {
    if (auto status = check(call); !status) {
        return fail(std::move(status).error());
    }
    std::string out;
    out.reserve(512 + call.body.size());
    out.append(call.method).append(" ");
    const std::string host = host_header(call.url.origin);
    if (form == TargetForm::absolute) {
        out.append("http://").append(host);
    }
    out.append(call.url.target).append(" HTTP/1.1\r\n");
    add(out, "Host", host);
    add(out, "User-Agent", user_agent);
    if (call.compression) {
        add(out, "Accept-Encoding", "gzip");
    }
    if (!call.authorization.empty()) {
        add(out, "Authorization", call.authorization);
    }
    for (const auto& [name, value] : call.headers) {
        add(out, name, value);
    }
    if (!call.keep_alive) {
        add(out, "Connection", "close");
    }
    if (call.has_body || !call.body.empty()) {
        add(out, "Content-Length", std::to_string(call.body.size()));
    }
    out.append("\r\n").append(call.body);
    return out;
}

std::string serialize_connect(const Origin& origin) {
    const std::string name = host_and_port(origin);
    std::string out = "CONNECT " + name + " HTTP/1.1\r\n";
    add(out, "Host", name);
    add(out, "User-Agent", user_agent);
    return out.append("\r\n");
}

std::string basic_authorization(std::string_view user, std::string_view password) {
    return "Basic " + encode_base64(std::string{user}.append(":").append(password));
}

}  // namespace tided::daemon
