// Secret: text that cannot be printed by accident, and the store that resolves references to it.
//   credential:NAME  $CREDENTIALS_DIRECTORY/NAME (systemd's LoadCredential=)
//   file:/path       a regular file not readable by everyone
//   env:NAME         an environment variable
// One line end at the end is dropped. A file that changed (device, inode, size, times) is read
// again at use, looked at most once a second: rotation without restart.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/config.h"
#include "policy/vocab/result.h"

namespace tided::daemon {

/// Not copied, not formatted, not compared; wiped when destroyed.
class Secret {
public:
    explicit Secret(std::string_view text) : bytes_(text.begin(), text.end()) {}
    ~Secret();
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;

    /// The text itself. Valid as long as the Secret; never into an Error, a log or a record.
    [[nodiscard]] std::string_view reveal() const { return {bytes_.data(), bytes_.size()}; }

private:
    std::vector<char> bytes_;
};

using SharedSecret = std::shared_ptr<const Secret>;

/// "credential:prom-token", "file:/etc/tided/token", "env:TOKEN": the form of the policy file.
[[nodiscard]] std::string to_string(const config::SecretRef& ref);

/// Whether what is behind a reference must be hidden (tokens, keys) or is merely a file
/// (certificates): only the first is refused when everybody may read it.
enum class Privacy : std::uint8_t { hidden, open };

class SecretStore {
public:
    using Clock = std::function<std::chrono::steady_clock::time_point()>;

    explicit SecretStore(Clock clock = std::chrono::steady_clock::now);

    /// The content behind `ref`: the same pointer as before as long as nothing changed. Errors
    /// (not_found, forbidden, invalid_input) name the reference and the remedy, never the content.
    [[nodiscard]] Result<SharedSecret> read(const config::SecretRef& ref,
                                            Privacy privacy = Privacy::hidden);

    static constexpr std::size_t longest = 1024 * 1024;

private:
    struct Stamp {
        std::uint64_t device = 0;
        std::uint64_t inode = 0;
        std::int64_t size = 0;
        std::int64_t modified_ns = 0;
        std::int64_t changed_ns = 0;

        friend bool operator==(const Stamp&, const Stamp&) = default;
    };
    struct Entry {
        SharedSecret secret;
        Stamp stamp;
        std::chrono::steady_clock::time_point looked{};
    };

    Result<SharedSecret> read_file(const std::string& name,
                                   const std::string& path,
                                   Privacy privacy);

    Clock clock_;
    std::map<std::pair<std::string, Privacy>, Entry> entries_;
};

}  // namespace tided::daemon
