#include "daemon/sessions/later.h"

#include <utility>

namespace tided::daemon {
namespace {

using boost::asio::awaitable;

class Later final : public Session {
public:
    explicit Later(OpenSession open) : open_(std::move(open)) {}

    awaitable<Result<metrics::Page>> get(metrics::Get request, Deadline deadline) override {
        if (Status opened = try_open(); !opened) {
            co_return fail(std::move(opened).error());
        }
        co_return co_await session_->get(std::move(request), deadline);
    }

    Result<std::string> read_file(const std::string& path, std::size_t limit) override {
        if (Status opened = try_open(); !opened) {
            return fail(std::move(opened).error());
        }
        return session_->read_file(path, limit);
    }

    awaitable<Result<int>> stream(metrics::Get request,
                                  metrics::LineStream& lines,
                                  Deadline deadline) override {
        if (Status opened = try_open(); !opened) {
            co_return fail(std::move(opened).error());
        }
        co_return co_await session_->stream(std::move(request), lines, deadline);
    }

    std::unique_ptr<metrics::RepeatedGet> repeat(metrics::Get request) override {
        return std::make_unique<Repetition>(*this, std::move(request));
    }

    void give_back(std::string body) override {
        if (session_) {
            session_->give_back(std::move(body));
        }
    }

    awaitable<Result<actuators::Response>> send(actuators::Request request,
                                                Deadline deadline) override {
        if (Status opened = try_open(); !opened) {
            co_return fail(std::move(opened).error());
        }
        co_return co_await session_->send(std::move(request), deadline);
    }

private:
    /// Prepared when the session is open.
    class Repetition final : public metrics::RepeatedGet {
    public:
        Repetition(Later& later, metrics::Get request)
            : later_(later), request_(std::move(request)) {}

        awaitable<Result<metrics::Page>> get(Deadline deadline) override {
            if (Status opened = later_.try_open(); !opened) {
                co_return fail(std::move(opened).error());
            }
            if (!page_) {
                page_ = later_.session_->repeat(std::move(request_));
            }
            co_return co_await page_->get(deadline);
        }

    private:
        Later& later_;
        metrics::Get request_;
        std::unique_ptr<metrics::RepeatedGet> page_;
    };

    Status try_open() {
        if (session_) {
            return {};
        }
        auto opened = open_();
        if (!opened) {
            Error error = std::move(opened).error();
            error.effect = Effect::none;  // nothing was sent
            return fail(std::move(error));
        }
        session_ = std::move(*opened);
        return {};
    }

    OpenSession open_;
    std::unique_ptr<Session> session_;
};

}  // namespace

std::unique_ptr<Session> open_now_or_later(OpenSession open) {
    auto opened = open();
    if (opened) {
        return std::move(*opened);
    }
    return std::make_unique<Later>(std::move(open));
}

}  // namespace tided::daemon
