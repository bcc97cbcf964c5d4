// Fuzz: the policy file's whole path, text -> document -> check -> compile -> rendering. Holds that
// nothing printed has control characters, that places lie in the text, and that a text without
// errors gives the same Config twice.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "daemon/config/load.h"

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

bool is_printable(const std::string& text) {
    return std::none_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F;
    });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text{data, data + size};
    const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
    const tided::config::Loaded loaded = tided::config::load_text("f.toml", text, {});
    for (const tided::config::Diagnostic& diagnostic : loaded.diagnostics) {
        require(is_printable(render(diagnostic)));
        require(diagnostic.line <= lines);
    }
    if (loaded.ok()) {
        require(tided::config::load_text("f.toml", text, {}).config == loaded.config);
    }
    return 0;
}
