// Fuzzes the reading of Prometheus API answers. The first byte chooses the HTTP status. Whatever
// the body, the answer is read or refused in a sentence of valid UTF-8 on one line, and what was
// read is bounded by what came in.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "metrics/promql_api.h"
#include "metrics/utf8.h"

namespace {

using namespace tided;
using namespace tided::metrics;

void require(bool holds, const char* property) {
    if (!holds) {
        std::fprintf(stderr, "property broken: %s\n", property);
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    static constexpr std::array<int, 8> statuses{200, 400, 401, 404, 422, 429, 503, 302};
    if (size == 0) {
        return 0;
    }
    const Page page{.status = statuses[bytes[0] % statuses.size()],
                    .content_type = "application/json",
                    .body = {reinterpret_cast<const char*>(bytes) + 1, size - 1}};
    const auto answer = parse_instant_answer(page);
    if (answer) {
        require(page.status == 200, "only 200 succeeds");
        require(answer->elements.size() <= size, "no more elements than bytes");
        return 0;
    }
    const std::string& message = answer.error().message;
    require(!message.empty(), "a refusal has a message");
    require(valid_utf8_prefix(message) == message.size(), "a message is valid UTF-8");
    require(message.find('\n') == std::string::npos, "a message is one line");
    return 0;
}
