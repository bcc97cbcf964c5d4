// FakePrometheus: a Prometheus server behind the metrics floor's transport that truly evaluates
// what it is asked, by our own engine on samples that the test puts in. It records every request,
// and `interfere` may answer in its place: refuse, be silent, warn, be slow of wit.
//
//   FakePrometheus server;
//   server.data.add({{"__name__", "x"}}, 0, 15, {1, 2});
//   server.now = at_second(15);
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "metrics/promql/ast.h"
#include "metrics/transport.h"
#include "tests/support/series_builder.h"

namespace tided::metrics::test {

class FakePrometheus final : public Transport {
public:
    struct Asked {
        std::string path;
        std::string query;
        std::string time;  ///< "" = its present
        bool is_post = false;
        std::optional<std::size_t> server;
        std::vector<std::pair<std::string, std::string>> headers;

        /// Whether it asks for the age of samples.
        [[nodiscard]] bool is_for_age() const { return query.starts_with("label_replace(max"); }
    };

    [[nodiscard]] boost::asio::awaitable<Result<Page>> get(Get request, Deadline deadline) override;
    [[nodiscard]] Result<std::string> read_file(const std::string& path,
                                                std::size_t limit) override;

    SeriesBuilder data;
    TimePoint now = epoch;
    promql::Dialect dialect = promql::Dialect::prometheus_3;
    std::size_t server = 0;  ///< which one answers what asks for none in particular
    std::function<std::optional<Result<Page>>(const Asked&)> interfere;
    std::function<void(Page&)> retouch;  ///< the answer, before it leaves
    std::vector<Asked> asked;
};

/// The query's refusal, as a server says it.
[[nodiscard]] Result<Page> refusal(int status, const std::string& type, const std::string& message);

}  // namespace tided::metrics::test
