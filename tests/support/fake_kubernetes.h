// A Kubernetes API in memory, as far as scaling goes: objects with a scale subresource, monotonic
// resourceVersions, compare-and-swap, replicas left out at zero, status that lags behind spec, and
// the refusals 401 403 404 405 409 415 422. Faults of the way there are fake_provider_transport's.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "tests/support/fake_provider_transport.h"

namespace tided::support {

class FakeKubernetes {
public:
    struct Object {
        std::int32_t wanted = 0;   ///< spec.replicas
        std::int32_t present = 0;  ///< status.replicas
        std::int32_t ready = 0;    ///< status.readyReplicas, left out at 0
        std::uint64_t version = 0;
        std::string uid{};
        bool reports_ready = true;  ///< false: a custom resource without readyReplicas
        std::int32_t most = 1000;   ///< an admission webhook caps spec.replicas to this
    };

    FakeKubernetes();

    FakeProviderTransport transport;

    /// `path` is the object's: "/apis/apps/v1/namespaces/prod/deployments/web".
    Object& add(const std::string& path, std::int32_t replicas);
    [[nodiscard]] Object& at(const std::string& path) { return objects_.at(path); }
    void remove(const std::string& path) { objects_.erase(path); }

    /// The controllers catch up: everything wanted exists and is ready.
    void converge();
    /// Something writes the object without changing what is wanted, as status updates do.
    void touch(const std::string& path) { at(path).version = ++version_; }
    /// Somebody else scales it.
    void scale(const std::string& path, std::int32_t replicas);
    /// From now on this verb and resource is 403: "GET deployments", "PUT deployments/scale".
    void deny(const std::string& verb_and_resource) { denied_.insert(verb_and_resource); }
    /// Touches the object before each of the next `times` PUTs: they lose the race.
    void race(const std::string& path, int times);

private:
    [[nodiscard]] actuators::Response handle(const actuators::Request& request);
    [[nodiscard]] actuators::Response put_scale(const std::string& path,
                                                const actuators::Request& request);
    [[nodiscard]] std::string scale_text(const std::string& path) const;
    [[nodiscard]] std::string object_text(const std::string& path) const;

    std::map<std::string, Object> objects_;
    std::set<std::string> denied_;
    std::string racing_;
    int races_ = 0;
    std::uint64_t version_ = 8800;
};

}  // namespace tided::support
