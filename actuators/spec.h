// What a policy file says of a provider's pools, as this floor reads it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "actuators/process.h"
#include "policy/vocab/time.h"
#include "policy/vocab/units.h"

namespace tided::actuators {

/// type = "process_pool": copies of one command on this host. In argv, environment values,
/// directory and probe, "{index}" (0, 1, 2 …) and "{port}" (first_port + index) are filled in.
struct ProcessPoolSpec {
    std::string name;                  ///< the pool's name, prefix of log lines
    std::vector<std::string> command;  ///< argv
    std::vector<std::pair<std::string, std::string>> environment;
    std::string directory;
    std::uint16_t first_port = 0;  ///< 0: the template must not use {port}
    std::string probe;             ///< "http://127.0.0.1:{port}/ready", "tcp://…", "" none
    Duration probe_timeout = std::chrono::seconds{2};
    Duration start_timeout = std::chrono::seconds{30};  ///< not ready by then: killed, restarted
    Signal stop_signal = Signal::terminate;
    Duration stop_grace = std::chrono::seconds{10};        ///< then SIGKILL
    Duration restart_delay = std::chrono::seconds{1};      ///< doubles per crash in a row …
    Duration restart_delay_max = std::chrono::minutes{1};  ///< … up to this
    Replicas initial{0};                                   ///< started when the daemon finds none
    bool keep = false;                                     ///< children survive the daemon

    friend bool operator==(const ProcessPoolSpec&, const ProcessPoolSpec&) = default;
};

/// type = "exec": the user's programs observe and apply; protocol in tided.toml(5).
struct ExecSpec {
    std::string name;
    std::vector<std::string> observe;  ///< argv
    std::vector<std::string> apply;    ///< argv
    std::vector<std::pair<std::string, std::string>> environment;
    std::string directory;
    std::size_t output_limit = std::size_t{64} * 1024;

    friend bool operator==(const ExecSpec&, const ExecSpec&) = default;
};

/// type = "kubernetes": anything with a scale subresource.
struct KubernetesSpec {
    std::string name;
    std::string workload;  ///< "deployment/NS/NAME", or "GROUP/VERSION/PLURAL/NS/NAME"

    friend bool operator==(const KubernetesSpec&, const KubernetesSpec&) = default;
};

using PoolSpec = std::variant<ProcessPoolSpec, ExecSpec, KubernetesSpec>;

}  // namespace tided::actuators
