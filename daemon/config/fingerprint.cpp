#include "daemon/config/fingerprint.h"

#include <bit>
#include <string_view>

namespace tided::config {
namespace {

constexpr std::uint64_t offset = 0xcbf29ce484222325ULL;
constexpr std::uint64_t prime = 0x100000001b3ULL;

std::uint64_t mixed(std::uint64_t hash, std::uint64_t bits) {
    for (int i = 0; i < 8; ++i, bits >>= 8) {
        hash = (hash ^ (bits & 0xffU)) * prime;
    }
    return hash;
}

std::uint64_t mixed(std::uint64_t hash, std::string_view text) {
    hash = mixed(hash, std::uint64_t{text.size()});
    for (const char c : text) {
        hash = (hash ^ static_cast<unsigned char>(c)) * prime;
    }
    return hash;
}

}  // namespace

std::uint64_t fingerprint(const Node& node) {
    std::uint64_t hash = mixed(offset, static_cast<std::uint64_t>(node.kind));
    hash = mixed(hash, node.text);
    hash = mixed(hash, static_cast<std::uint64_t>(node.integer));
    hash = mixed(hash, std::bit_cast<std::uint64_t>(node.number));
    hash = mixed(hash, node.boolean ? 1U : 0U);
    std::uint64_t members = 0;  // a sum: tables have no order
    for (const Node& child : node.children) {
        if (node.kind == Node::Kind::table) {
            members += mixed(fingerprint(child), child.name);
        } else {
            hash = mixed(hash, fingerprint(child));
        }
    }
    return mixed(hash, members);
}

}  // namespace tided::config
