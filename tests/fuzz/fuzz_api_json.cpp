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

void check_refusal(const std::string& message) {
    require(!message.empty(), "a refusal has a message");
    require(valid_utf8_prefix(message) == message.size(), "a message is valid UTF-8");
    require(message.find('\n') == std::string::npos, "a message is one line");
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
    const auto instant = parse_instant_answer(page);
    if (instant) {
        require(page.status == 200, "only 200 succeeds");
        require(instant->elements.size() <= size, "no more elements than bytes");
    } else {
        check_refusal(instant.error().message);
    }
    const auto range = parse_range_answer(page);
    if (range) {
        require(page.status == 200, "only 200 succeeds");
        require(range->series.size() <= size, "no more series than bytes");
    } else {
        check_refusal(range.error().message);
    }
    return 0;
}
