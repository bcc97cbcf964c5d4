// PromQL client: asks a Prometheus server one query and says what that cost. It knows what servers
// differ in: a tenant's header (Mimir, Cortex, Loki's gateways), and proxies that refuse POST, to
// which long queries go as a GET from then on.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "metrics/promql_api.h"
#include "metrics/transport.h"
#include "policy/vocab/result.h"
#include "policy/vocab/time.h"

namespace tided::metrics {

class PromqlClient {
public:
    struct Options {
        Duration timeout{};    ///< told to the server
        std::string tenant{};  ///< X-Scope-OrgID; "" = none
    };

    /// One query's way: the answer, or why there is none.
    struct Asked {
        Result<ApiAnswer> answer;
        bool is_silent = false;   ///< nothing came back at all
        bool is_refused = false;  ///< this query is the matter: another one may be answered
        bool is_lost = false;     ///< the server is the matter: another server may answer
        std::size_t server = 0;   ///< which one answered
        std::size_t bytes = 0;
        std::size_t requests = 0;
    };

    /// REQUIRES: `transport` outlives it.
    PromqlClient(Transport& transport, Options options)
        : transport_(transport), options_(std::move(options)) {}

    /// Asks for `expression` at `at` by the server's clock, or at its present; of `server`, or of
    /// whichever answers.
    [[nodiscard]] boost::asio::awaitable<Asked> ask(std::string expression,
                                                    std::optional<TimePoint> at,
                                                    std::optional<std::size_t> server,
                                                    Deadline deadline);

    /// Asks for `expression` at each of `steps`. Errors: as range_query, the transport's and the
    /// answer's.
    [[nodiscard]] boost::asio::awaitable<Result<ApiRange>> ask_range(std::string expression,
                                                                     RangeSteps steps,
                                                                     Deadline deadline);

private:
    struct Sent {
        Result<Page> page;
        std::size_t requests = 0;
    };

    [[nodiscard]] boost::asio::awaitable<Sent> send(Get request, Deadline deadline);

    Transport& transport_;
    Options options_;
    bool takes_post_ = true;
};

}  // namespace tided::metrics
