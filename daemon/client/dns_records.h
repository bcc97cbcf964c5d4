// DNS records: one question for the records of a name, from c-ares' call to a list of hosts. That
// there is no such name, or no such record, is an answer: an empty list.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/bell.h"
#include "metrics/discovery/host.h"
#include "policy/vocab/result.h"

struct ares_channeldata;

namespace tided::daemon {

using DnsRecords = std::vector<metrics::DnsRecord>;

/// Waited for by one coroutine; `answered` rings when `answer` is there.
struct RecordQuestion {
    RecordQuestion(const boost::asio::any_io_executor& io,
                   std::string n,
                   metrics::DnsSdSpec::Type t)
        : answered(io), name(std::move(n)), type(t) {}

    Bell answered;
    std::string name;
    metrics::DnsSdSpec::Type type;
    std::optional<Result<DnsRecords>> answer{};
};

/// Puts the question to the channel's name servers; a question nobody waits for is forgotten.
void ask_for_records(ares_channeldata* channel, const std::shared_ptr<RecordQuestion>& question);

/// What one of c-ares' status codes other than success means for `name`.
[[nodiscard]] Error explain_silence(const std::string& name, int status);

}  // namespace tided::daemon
