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
