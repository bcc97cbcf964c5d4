// DNS discovery: the SRV, A or AAAA records of one name; each name is looked up for itself, so that
// a name server that is silent delays nobody else's.
//
//   records                      these are the targets
//   no such name, no such record   an answer too: there are none
//   anything else                the former targets stay (server failure, refused, silence)
#include <algorithm>
#include <utility>

#include "metrics/discovery/discoveries.h"
#include "metrics/discovery/target.h"
#include "metrics/phase.h"

namespace tided::metrics {
namespace {

namespace asio = boost::asio;

constexpr Duration patience = std::chrono::seconds{10};

std::string with_port(const std::string& host, std::uint16_t port) {
    const bool is_v6 = host.find(':') != std::string::npos;
    return (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

class DnsDiscovery final : public Discovery {
public:
    DnsDiscovery(DnsSdSpec spec, std::string name, Host& host, DiscoveryEars ears)
        : spec_(std::move(spec)), name_(std::move(name)), host_(host), ears_(std::move(ears)) {}

    asio::awaitable<Status> look(Deadline deadline) override {
        auto records = co_await host_.look_up(name_, spec_.type, deadline);
        if (!records) {
            co_return fail(std::move(records).error());
        }
        tell(*records);
        co_return Status{};
    }
    [[nodiscard]] TimePoint next(TimePoint after) const override {
        const TimePoint due =
            next_instant(after, spec_.interval, phase_of(name_, "dns_sd", spec_.interval));
        return is_complete_ ? due : std::min(due, after + std::chrono::seconds{2});
    }
    [[nodiscard]] Duration timeout() const override { return patience; }
    [[nodiscard]] bool is_complete() const override { return is_complete_; }

private:
    void tell(const std::vector<DnsRecord>& records);

    DnsSdSpec spec_;
    std::string name_;
    Host& host_;
    DiscoveryEars ears_;
    bool is_complete_ = false;
};

// In the records' own order they would differ from answer to answer.
void DnsDiscovery::tell(const std::vector<DnsRecord>& records) {
    Found found{.place = "dns:" + name_, .targets = {}};
    for (const DnsRecord& record : records) {
        const bool is_srv = spec_.type == DnsSdSpec::Type::srv;
        const std::uint16_t port = is_srv ? record.port : spec_.port;
        Labels labels{{std::string{address_label}, with_port(record.host, port)},
                      {"__meta_dns_name", name_}};
        if (is_srv) {
            labels.push_back({"__meta_dns_srv_record_target", record.host + "."});
            labels.push_back({"__meta_dns_srv_record_port", std::to_string(record.port)});
        }
        found.targets.push_back(normalised(std::move(labels)));
    }
    std::sort(found.targets.begin(), found.targets.end());
    is_complete_ = true;
    ears_.found({std::move(found)});
}

}  // namespace

std::unique_ptr<Discovery> make_discovery(const DnsSdSpec& spec,
                                          std::string name,
                                          Host& host,
                                          DiscoveryEars ears) {
    return std::make_unique<DnsDiscovery>(spec, std::move(name), host, std::move(ears));
}

}  // namespace tided::metrics
