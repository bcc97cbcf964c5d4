// Inflate: gzip decoded as it streams in, with a limit on what comes out (a small answer that
// unpacks to gigabytes is refused after `limit` bytes). RFC 1952; several members are joined.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "policy/vocab/result.h"

namespace tided::daemon {

class Inflate {
public:
    Inflate();
    ~Inflate();
    Inflate(Inflate&&) noexcept;
    Inflate& operator=(Inflate&&) noexcept;

    /// Ready for a new stream.
    void restart();

    /// Decodes `piece` onto the end of `out`, which may grow to `limit` bytes. Errors: corrupt
    /// (not gzip), invalid_input (over the limit).
    [[nodiscard]] Status add(std::string_view piece, std::string& out, std::size_t limit);

    /// True when the stream stands at the end of a member.
    [[nodiscard]] bool is_complete() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tided::daemon
