#include "tests/support/fake_metrics_transport.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tided::metrics::test {
namespace asio = boost::asio;

// A timer that never fires stands for the peer that has not answered yet.
struct FakeMetricsTransport::Gate {
    bool hold_next = false;
    std::unique_ptr<asio::steady_timer> waiting;
};

Answer page_of_type(std::string content_type, std::string body) {
    return Page{.status = 200, .content_type = std::move(content_type), .body = std::move(body)};
}

Answer text_page(std::string body) {
    return page_of_type("text/plain; version=0.0.4; charset=utf-8", std::move(body));
}

Answer openmetrics_page(std::string body) {
    return page_of_type("application/openmetrics-text; version=1.0.0; charset=utf-8",
                        std::move(body));
}

Answer status_page(int status) {
    return Page{.status = status, .content_type = "text/plain", .body = "no\n"};
}

Answer html_page() {
    return page_of_type("text/html", "<!DOCTYPE html><title>Sign in</title>");
}

Answer refused() {
    return fail(ErrorCode::unavailable, "connecting: connection refused");
}

Answer timed_out() {
    return fail(ErrorCode::timed_out, "reading the answer: timed out");
}

Answer truncated() {
    return fail(ErrorCode::unavailable, "reading the answer: the body ended early");
}

FakeMetricsTransport::FakeMetricsTransport() : gate_(std::make_unique<Gate>()) {}
FakeMetricsTransport::~FakeMetricsTransport() = default;

void FakeMetricsTransport::answers(const std::string& url, std::vector<Answer> script) {
    scripts_[url] = {script.begin(), script.end()};
}

void FakeMetricsTransport::hold() {
    gate_->hold_next = true;
}

void FakeMetricsTransport::release() {
    gate_->waiting->cancel();
}

bool FakeMetricsTransport::is_holding() const {
    return gate_->waiting != nullptr;
}

class FakeMetricsTransport::Repetition final : public RepeatedGet {
public:
    Repetition(FakeMetricsTransport& transport, Get request)
        : transport_(transport), request_(std::move(request)) {}
    ~Repetition() override { transport_.ended.push_back(request_.url); }

    asio::awaitable<Result<Page>> get(Deadline deadline) override {
        return transport_.get(request_, deadline);
    }

private:
    FakeMetricsTransport& transport_;
    Get request_;
};

std::unique_ptr<RepeatedGet> FakeMetricsTransport::repeat(Get request) {
    return std::make_unique<Repetition>(*this, std::move(request));
}

asio::awaitable<Result<Page>> FakeMetricsTransport::get(Get request, Deadline deadline) {
    calls.push_back({.request = request, .deadline = deadline});
    if (std::exchange(gate_->hold_next, false)) {
        gate_->waiting = std::make_unique<asio::steady_timer>(
            co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
        co_await gate_->waiting->async_wait(asio::as_tuple(asio::use_awaitable));
        gate_->waiting.reset();
    }
    const auto script = scripts_.find(request.url);
    if (script == scripts_.end()) {
        co_return fail(ErrorCode::unavailable, "no answer is scripted for " + request.url);
    }
    Answer answer = script->second.front();
    if (script->second.size() > 1) {
        script->second.pop_front();
    }
    co_return answer;
}

asio::awaitable<Result<int>> FakeMetricsTransport::stream(Get request,
                                                          LineStream& lines,
                                                          Deadline /*deadline*/) {
    streamed.push_back(request.url);
    if (streams.empty()) {
        co_return fail(ErrorCode::unavailable, "no stream is scripted for " + request.url);
    }
    const FakeStream script = std::move(streams.front());
    streams.pop_front();
    bool is_cut = false;
    lines.cut = [&is_cut] { is_cut = true; };
    if (script.status == 200 && lines.on_open) {
        lines.on_open();
    }
    for (const std::string& line : script.lines) {
        if (!is_cut) {
            lines.on_line(line);
        }
    }
    lines.cut = {};
    if (is_cut) {
        co_return fail(ErrorCode::timed_out, "the stream was cut");
    }
    if (script.error) {
        co_return fail(*script.error);
    }
    co_return script.status;
}

Result<std::string> FakeMetricsTransport::read_file(const std::string& path, std::size_t limit) {
    const auto file = files.find(path);
    if (file == files.end()) {
        return fail(ErrorCode::not_found, "reading " + path + ": no such file");
    }
    if (file->second.size() > limit) {
        return fail(ErrorCode::invalid_input,
                    "reading " + path + ": larger than " + std::to_string(limit) + " bytes");
    }
    return file->second;
}

}  // namespace tided::metrics::test
