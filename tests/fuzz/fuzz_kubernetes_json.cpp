// Fuzzes the reading of answers of the Kubernetes metrics APIs. The first byte chooses the API and
// the HTTP status. Whatever the body, the answer is read whole or refused in a sentence of valid
// UTF-8 on one line; what was read is bounded by what came in, finite, dated, and told apart.
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>

#include "metrics/kubernetes_answer.h"
#include "metrics/utf8.h"

namespace {

using namespace tided;
using namespace tided::metrics;
using Kind = KubernetesRequest::Kind;

void require(bool holds, const char* property) {
    if (!holds) {
        std::fprintf(stderr, "property broken: %s\n", property);
        std::abort();
    }
}

KubernetesRequest request_of(unsigned choice) {
    static constexpr std::array<Kind, 4> kinds{
        Kind::pods, Kind::nodes, Kind::custom, Kind::external};
    return {.kind = kinds[choice % kinds.size()],
            .space = "web",
            .path = "/namespaces/web/x",
            .resource = "x",
            .metric = "x",
            .object_label = "pod",
            .implied = {{"app", "shop"}}};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    static constexpr std::array<int, 8> statuses{200, 200, 200, 401, 403, 404, 429, 503};
    if (size == 0) {
        return 0;
    }
    const Page page{.status = statuses[(bytes[0] / 4U) % statuses.size()],
                    .content_type = "application/json",
                    .body = {reinterpret_cast<const char*>(bytes) + 1, size - 1}};
    const auto samples = parse_kubernetes_answer(request_of(bytes[0]), page);
    if (!samples) {
        const std::string& message = samples.error().message;
        require(!message.empty(), "a refusal has a message");
        require(valid_utf8_prefix(message) == message.size(), "a message is valid UTF-8");
        require(message.find('\n') == std::string::npos, "a message is one line");
        return 0;
    }
    require(page.status == 200, "only 200 succeeds");
    require(samples->size() <= size, "no more samples than bytes");
    std::set<Labels> seen;
    for (const KubernetesSample& sample : *samples) {
        require(std::isfinite(sample.value), "a value is finite");
        require(sample.labels == normalised(sample.labels), "labels are normalised");
        require(!value_of(sample.labels, metric_name_label).empty(), "a series has a name");
        require(seen.insert(sample.labels).second, "series are told apart");
    }
    return 0;
}
