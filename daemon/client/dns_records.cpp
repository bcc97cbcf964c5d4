#include "daemon/client/dns_records.h"

#include <array>
#include <span>
#include <utility>

#include <ares.h>
#include <arpa/inet.h>
#include <netdb.h>

namespace tided::daemon {
namespace {

using Type = metrics::DnsSdSpec::Type;

constexpr int type_a = 1;
constexpr int type_aaaa = 28;
constexpr int type_srv = 33;

int read_srv(std::span<const unsigned char> answer, DnsRecords& records) {
    ares_srv_reply* first = nullptr;
    const int status = ares_parse_srv_reply(answer.data(), static_cast<int>(answer.size()), &first);
    const std::unique_ptr<ares_srv_reply, void (*)(void*)> owner(first, ares_free_data);
    for (const ares_srv_reply* one = first; one != nullptr; one = one->next) {
        std::string host{one->host};
        if (host.ends_with('.')) {
            host.pop_back();
        }
        if (!host.empty()) {  // the target "." says that the service is not there (RFC 2782)
            records.push_back({.host = std::move(host), .port = one->port});
        }
    }
    return status;
}

int read_addresses(Type type, std::span<const unsigned char> answer, DnsRecords& records) {
    const auto size = static_cast<int>(answer.size());
    hostent* host = nullptr;
    const int status = type == Type::a
                           ? ares_parse_a_reply(answer.data(), size, &host, nullptr, nullptr)
                           : ares_parse_aaaa_reply(answer.data(), size, &host, nullptr, nullptr);
    const std::unique_ptr<hostent, void (*)(hostent*)> owner(host, ares_free_hostent);
    if (host == nullptr) {
        return status;
    }
    for (char** address = host->h_addr_list; *address != nullptr; ++address) {
        std::array<char, INET6_ADDRSTRLEN> text{};
        ::inet_ntop(host->h_addrtype, *address, text.data(), text.size());
        records.push_back({.host = text.data(), .port = 0});
    }
    return status;
}

Result<DnsRecords> read(Type type, std::span<const unsigned char> answer) {
    DnsRecords records;
    const int status =
        type == Type::srv ? read_srv(answer, records) : read_addresses(type, answer, records);
    if (status != ARES_SUCCESS && status != ARES_ENODATA) {
        return fail(ErrorCode::corrupt,
                    std::string{"the answer cannot be read: "} + ares_strerror(status));
    }
    return records;
}

void on_answer(void* argument, int status, int /*timeouts*/, unsigned char* bytes, int size) {
    const std::unique_ptr<std::weak_ptr<RecordQuestion>> ticket(
        static_cast<std::weak_ptr<RecordQuestion>*>(argument));
    const auto question = ticket->lock();
    if (!question) {
        return;
    }
    if (status == ARES_ENOTFOUND || status == ARES_ENODATA) {
        question->answer = DnsRecords{};
    } else if (status != ARES_SUCCESS) {
        question->answer = fail(explain_silence(question->name, status));
    } else {
        auto records = read(question->type, {bytes, static_cast<std::size_t>(size)});
        if (!records) {
            records = fail(std::move(records).error().within("resolving " + question->name));
        }
        question->answer = std::move(records);
    }
    question->answered.ring();
}

}  // namespace

void ask_for_records(ares_channeldata* channel, const std::shared_ptr<RecordQuestion>& question) {
    constexpr int class_internet = 1;
    const int number = question->type == Type::srv ? type_srv
                       : question->type == Type::a ? type_a
                                                   : type_aaaa;
    auto ticket = std::make_unique<std::weak_ptr<RecordQuestion>>(question);
    ares_query(
        channel, question->name.c_str(), class_internet, number, on_answer, ticket.release());
}

Error explain_silence(const std::string& name, int status) {
    const std::string where = "resolving " + name + ": ";
    switch (status) {
        case ARES_ENOTFOUND:
        case ARES_ENODATA:
            return {.code = ErrorCode::not_found, .message = where + "no such host"};
        case ARES_EBADNAME:
        case ARES_EFORMERR:
            return {.code = ErrorCode::invalid_input, .message = where + "not a host name"};
        case ARES_ETIMEOUT:
            return {.code = ErrorCode::unavailable, .message = where + "no name server answered"};
        case ARES_ECONNREFUSED:
        case ARES_ESERVFAIL:
            return {.code = ErrorCode::unavailable,
                    .message = where + "no name server gives an answer"};
        default:
            return {.code = ErrorCode::unavailable, .message = where + ares_strerror(status)};
    }
}

}  // namespace tided::daemon
