// FakeMetricsTransport: the metrics floor's world, scripted. Answers stand ready per URL and are
// given in order, the last one again and again; every call is recorded with its deadline.
//
//   world.answers("http://a:1/metrics", {text_page("up 1\n"), refused(), status_page(503)});
//
// hold() makes the next answer wait until release(): an answer that comes late.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "metrics/transport.h"

namespace tided::metrics::test {

using Answer = Result<Page>;

[[nodiscard]] Answer text_page(std::string body);
[[nodiscard]] Answer openmetrics_page(std::string body);
[[nodiscard]] Answer page_of_type(std::string content_type, std::string body);
[[nodiscard]] Answer status_page(int status);
[[nodiscard]] Answer html_page();
[[nodiscard]] Answer refused();
[[nodiscard]] Answer timed_out();
/// The connection ended inside the body.
[[nodiscard]] Answer truncated();

/// One stream: its status, its lines, and how it ends.
struct FakeStream {
    int status = 200;
    std::vector<std::string> lines{};
    std::optional<Error> error{};  ///< none: the peer ends it
};

class FakeMetricsTransport final : public Transport {
public:
    struct Call {
        Get request;
        Deadline deadline;
    };

    FakeMetricsTransport();
    ~FakeMetricsTransport() override;

    void answers(const std::string& url, std::vector<Answer> script);
    void hold();
    void release();
    [[nodiscard]] bool is_holding() const;

    [[nodiscard]] boost::asio::awaitable<Result<Page>> get(Get request, Deadline deadline) override;
    [[nodiscard]] Result<std::string> read_file(const std::string& path,
                                                std::size_t limit) override;

    [[nodiscard]] boost::asio::awaitable<Result<int>> stream(Get request,
                                                             LineStream& lines,
                                                             Deadline deadline) override;
    [[nodiscard]] std::unique_ptr<RepeatedGet> repeat(Get request) override;

    std::vector<Call> calls;
    std::vector<std::string> ended;     ///< the URLs of repeated gets that went
    std::deque<FakeStream> streams;     ///< given in order
    std::vector<std::string> streamed;  ///< what was asked for
    std::map<std::string, std::string> files;

private:
    struct Gate;
    class Repetition;

    std::map<std::string, std::deque<Answer>> scripts_;
    std::unique_ptr<Gate> gate_;
};

}  // namespace tided::metrics::test
