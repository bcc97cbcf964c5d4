#include "metrics/transport.h"

namespace tided::metrics {
namespace {

/// Of a transport with nothing to prepare.
class Plain final : public RepeatedGet {
public:
    Plain(Transport& transport, Get request)
        : transport_(transport), request_(std::move(request)) {}

    boost::asio::awaitable<Result<Page>> get(Deadline deadline) override {
        return transport_.get(request_, deadline);
    }

private:
    Transport& transport_;
    Get request_;
};

}  // namespace

std::unique_ptr<RepeatedGet> Transport::repeat(Get request) {
    return std::make_unique<Plain>(*this, std::move(request));
}

}  // namespace tided::metrics
