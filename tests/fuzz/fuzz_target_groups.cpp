// Fuzzes the reading of target lists, as JSON and as YAML, and what becomes of their targets.
// Whatever the text, it is read or refused in a sentence.
#include <cstddef>
#include <cstdint>
#include <string>

#include "metrics/discovery/target_groups.h"
#include "tests/fuzz/target_properties.h"

namespace {

using namespace tided;
using namespace tided::metrics;

void check(const Result<std::vector<TargetGroup>>& groups) {
    if (!groups) {
        test::check_sentence(groups.error().message);
        return;
    }
    for (const TargetGroup& group : *groups) {
        test::check_targets(group);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string text{reinterpret_cast<const char*>(bytes), size};
    check(read_json_groups(text));
    check(read_yaml_groups(text));
    return 0;
}
