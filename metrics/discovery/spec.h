// What a policy file says of finding targets: where lists of them come from, and the rules that
// pick and rewrite what was found. Addresses and credentials of servers are the sessions'.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/vocab/time.h"

namespace tided::metrics {

/// One rule of [[source.NAME.relabel]]; names, defaults and meaning are Prometheus'.
struct RelabelSpec {
    enum class Action : std::uint8_t {
        replace,
        keep,
        drop,
        keepequal,
        dropequal,
        hashmod,
        labelmap,
        labeldrop,
        labelkeep,
        lowercase,
        uppercase
    };

    Action action = Action::replace;
    std::vector<std::string> source_labels;
    std::string separator = ";";
    std::string regex = "(.*)";  ///< RE2, matches the whole value
    std::string target_label;
    std::string replacement = "$1";
    std::uint64_t modulus = 0;

    friend bool operator==(const RelabelSpec&, const RelabelSpec&) = default;
};

/// Lists in files of this host, as Prometheus' file_sd reads them.
struct FileSdSpec {
    std::vector<std::string> files;  ///< absolute; "*" in the last component
    Duration interval = std::chrono::minutes{5};

    friend bool operator==(const FileSdSpec&, const FileSdSpec&) = default;
};

/// A list that a server gives; its URL, for what is said of it, is the session's too.
struct HttpSdSpec {
    std::string url;
    Duration interval = std::chrono::minutes{1};

    friend bool operator==(const HttpSdSpec&, const HttpSdSpec&) = default;
};

/// Records of a name server.
struct DnsSdSpec {
    enum class Type : std::uint8_t { srv, a, aaaa };

    std::vector<std::string> names;  ///< fully qualified
    Type type = Type::srv;
    std::uint16_t port = 0;  ///< of A and AAAA, which say none
    Duration interval = std::chrono::seconds{30};

    friend bool operator==(const DnsSdSpec&, const DnsSdSpec&) = default;
};

/// Objects of a Kubernetes API, listed and then watched.
struct KubernetesSdSpec {
    enum class Role : std::uint8_t { pod, endpoints, endpointslice };

    Role role = Role::pod;
    std::vector<std::string> namespaces;  ///< empty: all
    std::string label_selector;
    std::string field_selector;

    friend bool operator==(const KubernetesSdSpec&, const KubernetesSdSpec&) = default;
};

/// The daemon's own pools.
struct PoolSdSpec {
    std::vector<std::string> pools;
    Duration interval = std::chrono::seconds{1};

    friend bool operator==(const PoolSdSpec&, const PoolSdSpec&) = default;
};

/// All of one source; what is found by several of them is scraped together.
struct DiscoverySpec {
    std::optional<FileSdSpec> file;
    std::optional<HttpSdSpec> http;
    std::optional<DnsSdSpec> dns;
    std::optional<KubernetesSdSpec> kubernetes;
    std::optional<PoolSdSpec> pool;
    std::vector<RelabelSpec> relabel;
    std::size_t target_limit = 10'000;

    friend bool operator==(const DiscoverySpec&, const DiscoverySpec&) = default;
};

}  // namespace tided::metrics
