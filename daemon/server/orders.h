// Orders: the requests that change something. Each needs HttpRequest::authorised; its owner is the
// peer as the server saw it.
//
//   POST /-/reload   /-/brake   /-/release
//   POST /api/v1/policies/NAME/pause   .../resume   .../approve   .../withdraw
//   .../import
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "daemon/server/routes.h"

namespace tided::daemon {

enum class OrderKind : std::uint8_t {
    reload,
    brake,
    release,
    pause,
    resume,
    approve,
    withdraw,
    import
};

/// The order that stands at a path of its own ("/-/reload"), or none.
[[nodiscard]] std::optional<OrderKind> order_at(std::string_view path);

/// The order to one policy of this name ("pause"), or none.
[[nodiscard]] std::optional<OrderKind> order_called(std::string_view name);

/// Does it, or refuses. `name` is the policy's, for orders to one.
[[nodiscard]] boost::asio::awaitable<HttpReply> carry_out(Control& control,
                                                          OrderKind kind,
                                                          std::string name,
                                                          HttpRequest request);

}  // namespace tided::daemon
