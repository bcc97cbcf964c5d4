// Any bytes as checkpoints: refused, or taken, loaded and written again as they were read.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "daemon/sizing.h"
#include "daemon/state/usage_codec.h"

namespace {

void require(bool holds, const char* property) {
    if (!holds) {
        std::fprintf(stderr, "property broken: %s\n", property);
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tided;
    using namespace tided::daemon;
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    constexpr TimePoint now{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};
    static_cast<void>(decode_usage(text));
    const auto read = parse_checkpoints(text);
    if (!read) {
        require(!read.error().message.empty(), "a refusal says why");
        return 0;
    }
    const auto again = parse_checkpoints(checkpoints_json(*read, now));
    require(again && again->size() == read->size(), "what was read can be written and read again");
    config::Vertical rules;
    rules.queries[0].expression = "cpu";
    Sizing sizing{"web", Shared{rules}, {}};
    if (sizing.load(*read, now)) {
        const auto kept = decode_usage(encode(sizing.memory()));
        require(kept && *kept == sizing.memory(), "what was loaded can be kept");
        static_cast<void>(sizing.checkpoints(now));
    }
    return 0;
}
