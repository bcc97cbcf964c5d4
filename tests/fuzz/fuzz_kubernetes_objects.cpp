// Fuzzes the reading of Kubernetes objects as targets, in each role. The first byte chooses the
// role. Whatever is JSON has targets or none; what stands elsewhere than the API would put it is as
// good as missing.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <boost/json/parse.hpp>

#include "metrics/discovery/kubernetes_objects.h"
#include "tests/fuzz/target_properties.h"

using namespace tided;
using namespace tided::metrics;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using Role = KubernetesSdSpec::Role;
    static constexpr std::array<Role, 3> roles{Role::pod, Role::endpoints, Role::endpointslice};
    if (size == 0) {
        return 0;
    }
    const Role role = roles[bytes[0] % roles.size()];
    boost::json::error_code problem;
    const auto value = boost::json::parse(
        std::string_view{reinterpret_cast<const char*>(bytes) + 1, size - 1}, problem);
    if (problem || !value.is_object()) {
        return 0;
    }
    const Found found = targets_of(role, value.get_object());
    test::require(found.place == place_of(role, value.get_object()), "a place has one name");
    test::require(found.targets.size() <= size * size, "no more targets than pairs in it");
    test::check_targets(found.targets);
    return 0;
}
