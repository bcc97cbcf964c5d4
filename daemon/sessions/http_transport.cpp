#include "daemon/sessions/http_transport.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>

#include "daemon/client/local_file.h"

namespace tided::daemon {

namespace asio = boost::asio;

namespace {

constexpr int redirects_most = 5;

class SecretAuthorizer final : public Authorizer {
public:
    SecretAuthorizer(config::Auth auth, std::shared_ptr<NetworkParts> parts)
        : auth_(std::move(auth)), parts_(std::move(parts)) {}

    asio::awaitable<Result<std::string>> authorization(Deadline /*deadline*/) override {
        co_return value();
    }
    std::optional<Result<std::string>> at_hand() override { return value(); }

private:
    Result<std::string> value() {
        if (!auth_.bearer && auth_.basic_user.empty()) {
            return std::string();
        }
        const bool is_bearer = auth_.bearer.has_value();
        const auto& ref = is_bearer ? auth_.bearer : auth_.basic_password;
        SharedSecret secret = std::make_shared<const Secret>("");
        if (ref) {
            auto read = parts_->secrets.read(*ref);
            if (!read) {
                return fail(std::move(read).error());
            }
            secret = *std::move(read);
        }
        return is_bearer ? "Bearer " + std::string(secret->reveal())
                         : basic_authorization(auth_.basic_user, secret->reveal());
    }

    config::Auth auth_;
    std::shared_ptr<NetworkParts> parts_;
};

/// The URL a Location header means, seen from `from`; errors when it is none of ours to follow.
Result<Url> follow(const Url& from, const std::string& location) {
    const std::string here = to_string(from.origin) + from.target;
    const auto base = boost::urls::parse_uri(here);
    const auto reference = boost::urls::parse_uri_reference(location);
    boost::urls::url resolved;
    if (!base || !reference || !boost::urls::resolve(*base, *reference, resolved)) {
        return fail(ErrorCode::corrupt, "the answer redirects to something that is no address");
    }
    resolved.remove_fragment();
    auto to = parse_url({resolved.data(), resolved.size()});
    if (!to) {
        return fail(ErrorCode::corrupt, "the answer redirects to something that is no address");
    }
    if (to->origin != from.origin) {
        return fail(ErrorCode::invalid_input,
                    "the answer redirects to " + to_string(to->origin) +
                        ", which is not followed to another host; give that address instead");
    }
    return to;
}

bool is_redirect(const HttpAnswer& answer) {
    const int status = answer.status;
    const bool asks =
        status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    return asks && !answer.location.empty();
}

metrics::Page page_of(HttpAnswer&& answer) {
    return {.status = answer.status,
            .content_type = std::move(answer.content_type),
            .body = std::move(answer.body),
            .is_open_ended = answer.is_open_ended};
}

/// LineCutter: the body of a stream in lines. One that is longer than any should be ends it.
class LineCutter {
public:
    explicit LineCutter(metrics::LineStream& lines) : lines_(lines) {}

    void take(int status, std::string_view piece) {
        if (status != 200) {
            return;
        }
        if (piece.empty() && lines_.on_open) {
            lines_.on_open();
        }
        for (std::size_t end = piece.find('\n'); end != std::string_view::npos;
             end = piece.find('\n')) {
            partial_ += piece.substr(0, end);
            piece.remove_prefix(end + 1);
            lines_.on_line(std::exchange(partial_, {}));
        }
        partial_ += piece;
        if (is_too_long() && lines_.cut) {
            lines_.cut();
        }
    }
    [[nodiscard]] bool is_too_long() const { return partial_.size() > longest_line; }

private:
    static constexpr std::size_t longest_line = std::size_t{4} * 1024 * 1024;

    metrics::LineStream& lines_;
    std::string partial_;
};

class HttpTransport final : public Session {
public:
    HttpTransport(std::unique_ptr<HttpClient> client,
                  std::shared_ptr<Authorizer> authorizer,
                  TransportOptions options)
        : client_(std::move(client)),
          authorizer_(std::move(authorizer)),
          options_(std::move(options)) {}

    asio::awaitable<Result<metrics::Page>> get(metrics::Get request, Deadline deadline) override;
    asio::awaitable<Result<actuators::Response>> send(actuators::Request request,
                                                      Deadline deadline) override;
    Result<std::string> read_file(const std::string& path, std::size_t limit) override;
    asio::awaitable<Result<int>> stream(metrics::Get request,
                                        metrics::LineStream& lines,
                                        Deadline deadline) override;
    std::unique_ptr<metrics::RepeatedGet> repeat(metrics::Get request) override;
    void give_back(std::string body) override { client_->give_back(std::move(body)); }

private:
    class Repetition;

    [[nodiscard]] Result<Url> locate(const std::string& address) const;
    [[nodiscard]] HttpCall make_call(Url url) const;
    [[nodiscard]] Result<HttpCall> make_call(metrics::Get&& request) const;
    asio::awaitable<Result<HttpAnswer>> perform(HttpCall& call, Deadline deadline);
    asio::awaitable<Result<metrics::Page>> redirected(HttpCall call,
                                                      std::string location,
                                                      Deadline deadline);

    std::unique_ptr<HttpClient> client_;
    std::shared_ptr<Authorizer> authorizer_;
    TransportOptions options_;
};

/// An absolute URL, or a path below the base.
Result<Url> HttpTransport::locate(const std::string& address) const {
    if (!address.starts_with('/')) {
        auto url = parse_url(address);
        if (url && options_.base && url->origin != options_.base->origin) {
            return fail(ErrorCode::invalid_input,
                        to_string(url->origin) + " is not this session's " +
                            to_string(options_.base->origin));
        }
        return url;
    }
    if (!options_.base) {
        return fail(ErrorCode::invalid_input,
                    "\"" + address + "\" is a path, but this session has no base address");
    }
    Url url = *options_.base;
    url.target.resize(std::min(url.target.find('?'), url.target.size()));
    while (url.target.ends_with('/')) {
        url.target.pop_back();
    }
    url.target += address;
    return url;
}

HttpCall HttpTransport::make_call(Url url) const {
    HttpCall call;
    call.url = std::move(url);
    call.compression = options_.compression;
    call.body_limit = options_.body_limit;
    return call;
}

Result<HttpCall> HttpTransport::make_call(metrics::Get&& request) const {
    auto url = locate(request.url);
    if (!url) {
        return fail(std::move(url).error());
    }
    HttpCall call = make_call(*std::move(url));
    call.headers = std::move(request.headers);
    if (!request.accept.empty()) {
        call.headers.emplace_back("Accept", std::move(request.accept));
    }
    if (!request.body.empty()) {
        call.method = "POST";
        call.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
        call.body = std::move(request.body);
    }
    return call;
}

/// Performs with our credentials; a 401 that can be cured by new ones is cured once.
asio::awaitable<Result<HttpAnswer>> HttpTransport::perform(HttpCall& call, Deadline deadline) {
    for (bool renewed = false;; renewed = true) {
        auto authorization = co_await authorizer_->authorization(deadline);
        if (!authorization) {
            co_return fail(std::move(authorization).error());
        }
        call.authorization = *std::move(authorization);
        auto answer = co_await client_->perform(call, deadline);
        if (!answer || answer->status != 401 || renewed || !authorizer_->renew()) {
            co_return answer;
        }
    }
}

asio::awaitable<Result<metrics::Page>> HttpTransport::get(metrics::Get request, Deadline deadline) {
    auto call = make_call(std::move(request));
    if (!call) {
        co_return fail(std::move(call).error());
    }
    auto answer = co_await perform(*call, deadline);
    if (!answer) {
        co_return fail(std::move(answer).error());
    }
    if (is_redirect(*answer)) {
        co_return co_await redirected(*std::move(call), std::move(answer->location), deadline);
    }
    co_return page_of(*std::move(answer));
}

/// The page that an answer to `call` redirects to.
asio::awaitable<Result<metrics::Page>> HttpTransport::redirected(HttpCall call,
                                                                 std::string location,
                                                                 Deadline deadline) {
    const std::string peer = host_and_port(call.url.origin);
    for (int turn = 0; turn < redirects_most; ++turn) {
        auto next = follow(call.url, location);
        if (!next) {
            co_return fail(std::move(next).error().within(peer));
        }
        call.url = *std::move(next);
        auto answer = co_await perform(call, deadline);
        if (!answer) {
            co_return fail(std::move(answer).error());
        }
        if (!is_redirect(*answer)) {
            co_return page_of(*std::move(answer));
        }
        location = std::move(answer->location);
    }
    co_return fail(ErrorCode::invalid_input, peer + ": redirected more than 5 times");
}

/// Repetition: a page that is asked for again and again.
class HttpTransport::Repetition final : public metrics::RepeatedGet {
public:
    Repetition(HttpTransport& transport, HttpCall call)
        : transport_(transport), call_(std::move(call)) {}

    asio::awaitable<Result<metrics::Page>> get(Deadline deadline) override {
        Authorizer& authorizer = *transport_.authorizer_;
        for (bool renewed = false;; renewed = true) {
            auto authorization = authorizer.at_hand();
            if (!authorization) {
                authorization = co_await authorizer.authorization(deadline);
            }
            if (!*authorization) {
                co_return fail(std::move(*authorization).error());
            }
            call_.authorize(**std::move(authorization));
            auto answer = co_await transport_.client_->perform(call_, deadline);
            if (!answer) {
                co_return fail(std::move(answer).error());
            }
            if (answer->status == 401 && !renewed && authorizer.renew()) {
                continue;
            }
            if (is_redirect(*answer)) {
                co_return co_await transport_.redirected(
                    call_.call(), std::move(answer->location), deadline);
            }
            co_return page_of(*std::move(answer));
        }
    }

private:
    HttpTransport& transport_;
    RepeatedCall call_;
};

std::unique_ptr<metrics::RepeatedGet> HttpTransport::repeat(metrics::Get request) {
    if (!locate(request.url)) {
        return Session::repeat(std::move(request));  // says why, each time
    }
    return std::make_unique<Repetition>(*this, *make_call(std::move(request)));
}

asio::awaitable<Result<actuators::Response>> HttpTransport::send(actuators::Request request,
                                                                 Deadline deadline) {
    auto url = locate(request.path);
    if (!url) {
        co_return fail(std::move(url).error());
    }
    HttpCall call = make_call(*std::move(url));
    call.method = std::move(request.method);
    call.headers = std::move(request.headers);
    if (!request.content_type.empty()) {
        call.headers.emplace_back("Content-Type", request.content_type);
    }
    call.body = std::move(request.body);
    call.has_body = call.method == "POST" || call.method == "PUT" || call.method == "PATCH";
    call.keep_headers = true;
    auto answer = co_await perform(call, deadline);
    if (!answer) {
        co_return fail(std::move(answer).error());
    }
    co_return actuators::Response{.status = answer->status,
                                  .headers = std::move(answer->headers),
                                  .body = std::move(answer->body)};
}

Result<std::string> HttpTransport::read_file(const std::string& path, std::size_t limit) {
    return read_local_file(path, limit);
}

/// As perform(): a 401 that can be cured by new credentials is cured once.
asio::awaitable<Result<int>> HttpTransport::stream(metrics::Get request,
                                                   metrics::LineStream& lines,
                                                   Deadline deadline) {
    auto url = locate(request.url);
    if (!url) {
        co_return fail(std::move(url).error());
    }
    HttpCall call = make_call(*std::move(url));
    call.headers = std::move(request.headers);
    call.headers.emplace_back("Accept", request.accept);
    for (bool renewed = false;; renewed = true) {
        auto authorization = co_await authorizer_->authorization(deadline);
        if (!authorization) {
            co_return fail(std::move(authorization).error());
        }
        call.authorization = *std::move(authorization);
        LineCutter cutter{lines};
        BodyStream body{
            .on_body = [&cutter](int code, std::string_view piece) { cutter.take(code, piece); },
            .cut = lines.cut,
            .opened = deadline};
        if (lines.patience > Duration{0}) {
            body.opened.at =
                std::min(deadline.at, std::chrono::steady_clock::now() + lines.patience);
        }
        auto status = co_await client_->stream(call, std::move(body), deadline);
        if (cutter.is_too_long()) {
            co_return fail(ErrorCode::invalid_input, "a line of the answer is longer than 4 MiB");
        }
        if (!status || *status != 401 || renewed || !authorizer_->renew()) {
            co_return status;
        }
    }
}

}  // namespace

std::shared_ptr<Authorizer> make_authorizer(config::Auth auth,
                                            std::shared_ptr<NetworkParts> parts) {
    return std::make_shared<SecretAuthorizer>(std::move(auth), std::move(parts));
}

std::unique_ptr<Session> make_http_transport(std::unique_ptr<HttpClient> client,
                                             std::shared_ptr<Authorizer> authorizer,
                                             TransportOptions options) {
    return std::make_unique<HttpTransport>(
        std::move(client), std::move(authorizer), std::move(options));
}

}  // namespace tided::daemon
