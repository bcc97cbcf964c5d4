// The faulty way to a provider.
#include "tests/support/fake_provider_transport.h"

#include <algorithm>

namespace tided::support {

using namespace tided::actuators;

std::vector<std::string> FakeProviderTransport::lines() const {
    std::vector<std::string> lines;
    for (const Request& request : requests_) {
        lines.push_back(request.method + " " + request.path);
    }
    return lines;
}

std::size_t FakeProviderTransport::count(const std::string& method) const {
    return static_cast<std::size_t>(
        std::count_if(requests_.begin(), requests_.end(), [&](const Request& request) {
            return request.method == method;
        }));
}

Fault FakeProviderTransport::take_fault(const std::string& method) {
    if (faults_.empty() || (!faults_.front().method.empty() && faults_.front().method != method)) {
        return {};
    }
    Fault fault = std::move(faults_.front());
    faults_.pop_front();
    return fault;
}

boost::asio::awaitable<Result<Response>> FakeProviderTransport::send(Request request,
                                                                     Deadline /*deadline*/) {
    requests_.push_back(request);
    const auto due = std::move(late_);
    late_.clear();
    auto answer = meet(take_fault(request.method), request);
    for (const Request& late : due) {
        (void)server_(late);
    }
    co_return answer;
}

Result<Response> FakeProviderTransport::meet(const Fault& fault, const Request& request) {
    const auto lost = [] {
        return fail(Error{.code = ErrorCode::timed_out,
                          .message = "no answer within 5s",
                          .effect = Effect::unknown});
    };
    switch (fault.kind) {
        case Fault::Kind::none:
            return server_(request);
        case Fault::Kind::not_sent:
            return fail(ErrorCode::unavailable, "connecting: connection refused");
        case Fault::Kind::lost_request:
            return lost();
        case Fault::Kind::lost_answer:
            (void)server_(request);
            return lost();
        case Fault::Kind::late:
            late_.push_back(request);
            return lost();
        case Fault::Kind::twice: {
            Response first = server_(request);
            (void)server_(request);
            return first;
        }
        case Fault::Kind::answer:
            return fault.response;
        case Fault::Kind::cut: {
            Response response = server_(request);
            response.body.resize(std::min(fault.keep, response.body.size()));
            return response;
        }
        case Fault::Kind::garbled: {
            Response response = server_(request);
            response.body = fault.response.body;
            return response;
        }
    }
    return server_(request);
}

Fault refuse(int status, const std::string& reason, const std::string& method) {
    Fault fault{.kind = Fault::Kind::answer, .method = method};
    fault.response.status = status;
    fault.response.body = R"({"kind":"Status","apiVersion":"v1","status":"Failure","reason":")" +
                          reason + R"(","message":"as the test says","code":)" +
                          std::to_string(status) + "}";
    return fault;
}

}  // namespace tided::support
