// loopback: the little of HTTP that the demo's programs speak to each other on 127.0.0.1.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace demo {

/// A blocking connection to a port of this host; -1 if nobody listens there.
[[nodiscard]] int connect_loopback(std::uint16_t port);

/// The body of a 2xx answer; empty when there is none within `patience`.
[[nodiscard]] std::optional<std::string> get(std::uint16_t port,
                                             const std::string& path,
                                             std::chrono::milliseconds patience);

}  // namespace demo
