// Workloads: names in, paths and identities out.
#include "actuators/kubernetes/workload.h"

#include <array>

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::actuators::kubernetes;

TEST_CASE("workload: paths of the built-in kinds and of custom resources") {
    struct Row {
        const char* text;
        const char* identity;
        const char* path;
        bool is_built_in;
    };
    const std::array<Row, 8> rows{{
        {"deployment/prod/web",
         "deployment/prod/web",
         "/apis/apps/v1/namespaces/prod/deployments/web",
         true},
        {"deployments/prod/web",
         "deployment/prod/web",
         "/apis/apps/v1/namespaces/prod/deployments/web",
         true},
        {"apps/v1/deployments/prod/web",
         "deployment/prod/web",
         "/apis/apps/v1/namespaces/prod/deployments/web",
         true},
        {"statefulset/prod/db.eu",
         "statefulset/prod/db.eu",
         "/apis/apps/v1/namespaces/prod/statefulsets/db.eu",
         true},
        {"replicaset/p/r", "replicaset/p/r", "/apis/apps/v1/namespaces/p/replicasets/r", true},
        {"replicationcontroller/p/old",
         "replicationcontroller/p/old",
         "/api/v1/namespaces/p/replicationcontrollers/old",
         true},
        {"core/v1/replicationcontrollers/p/old",
         "replicationcontroller/p/old",
         "/api/v1/namespaces/p/replicationcontrollers/old",
         true},
        {"example.com/v1alpha1/widgets/prod/w",
         "example.com/v1alpha1/widgets/prod/w",
         "/apis/example.com/v1alpha1/namespaces/prod/widgets/w",
         false},
    }};
    for (const Row& row : rows) {
        INFO(row.text);
        const Workload workload = parse_workload(row.text).value();
        CHECK(identity(workload) == row.identity);
        CHECK(object_path(workload) == row.path);
        CHECK(scale_path(workload) == std::string{row.path} + "/scale");
        CHECK(workload.is_built_in == row.is_built_in);
    }
}

TEST_CASE("workload: says which part is wrong") {
    struct Row {
        const char* text;
        const char* why;
    };
    const std::array<Row, 8> rows{{
        {"", "KIND/NAMESPACE/NAME or GROUP/VERSION/PLURAL/NAMESPACE/NAME is expected"},
        {"web", "KIND/NAMESPACE/NAME or GROUP/VERSION/PLURAL/NAMESPACE/NAME is expected"},
        {"a/b/c/d", "KIND/NAMESPACE/NAME or GROUP/VERSION/PLURAL/NAMESPACE/NAME is expected"},
        {"daemonset/prod/web",
         "'daemonset' is no kind it knows (deployment, statefulset, replicaset, "
         "replicationcontroller); write others as GROUP/VERSION/PLURAL/NAMESPACE/NAME"},
        {"deployment/prod/",
         "'' is no name: lower-case letters, digits, '-' and '.' are allowed, a letter or digit at "
         "both ends"},
        {"deployment/prod/We%2Fb",
         "'We%2Fb' is no name: lower-case letters, digits, '-' and '.' are allowed, a letter or "
         "digit at both ends"},
        {"deployment/../web",
         "'..' is no name: lower-case letters, digits, '-' and '.' are allowed, a letter or digit "
         "at both ends"},
        {"deployment/prod/web?x=1",
         "'web?x=1' is no name: lower-case letters, digits, '-' and '.' are allowed, a letter or "
         "digit at both ends"},
    }};
    for (const Row& row : rows) {
        INFO(row.text);
        const auto parsed = parse_workload(row.text);
        REQUIRE_FALSE(parsed.has_value());
        CHECK(parsed.error() ==
              Error{.code = ErrorCode::invalid_input,
                    .message = "workload '" + std::string{row.text} + "': " + row.why});
    }
}
