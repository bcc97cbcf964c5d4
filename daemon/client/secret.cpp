#include "daemon/client/secret.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "daemon/processes/descriptor.h"

namespace tided::daemon {

namespace {

constexpr auto look_interval = std::chrono::seconds{1};

std::string_view without_line_end(std::string_view text) {
    if (text.ends_with('\n')) {
        text.remove_suffix(1);
    }
    if (text.ends_with('\r')) {
        text.remove_suffix(1);
    }
    return text;
}

Result<SharedSecret> keep(const std::string& name, std::string_view text) {
    text = without_line_end(text);
    if (text.empty()) {
        return fail(ErrorCode::invalid_input, name + " is empty");
    }
    return std::make_shared<const Secret>(text);
}

Result<SharedSecret> read_variable(const std::string& name, const std::string& variable) {
    const char* value = std::getenv(variable.c_str());
    if (value == nullptr) {
        return fail(ErrorCode::not_found,
                    name + ": the environment has no such variable; set it for the daemon");
    }
    return keep(name, value);
}

std::int64_t nanoseconds(const timespec& at) {
    return static_cast<std::int64_t>(at.tv_sec) * 1'000'000'000 + at.tv_nsec;
}

Error cannot_open(const std::string& name, const std::string& path, int error) {
    if (error == ENOENT || error == ENOTDIR) {
        return {.code = ErrorCode::not_found, .message = name + ": there is no file " + path};
    }
    if (error == EACCES || error == EPERM) {
        return {.code = ErrorCode::forbidden,
                .message = name + ": the daemon may not read " + path +
                           "; make it readable for the user or group tided"};
    }
    return {.code = ErrorCode::invalid_input,
            .message = name + ": opening " + path + ": " + std::strerror(error)};
}

/// Why a file of this kind and mode is refused; "" when it is not.
std::string refusal(const std::string& path, const struct stat& status, Privacy privacy) {
    if (!S_ISREG(status.st_mode)) {
        return path + " is not a regular file";
    }
    if (privacy == Privacy::hidden && (status.st_mode & S_IROTH) != 0) {
        return path + " is readable by everyone; run: chmod o-rwx " + path;
    }
    if (status.st_size > static_cast<off_t>(SecretStore::longest)) {
        return path + " is larger than 1MiB";
    }
    return {};
}

/// Reads the whole file through a buffer that is wiped.
Result<SharedSecret> read_content(const std::string& name, const Descriptor& file) {
    std::vector<char> buffer(SecretStore::longest + 1);
    std::size_t size = 0;
    while (size < buffer.size()) {
        const auto got = ::read(file.get(), buffer.data() + size, buffer.size() - size);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        size += static_cast<std::size_t>(got);
    }
    auto kept = keep(name, {buffer.data(), size});
    OPENSSL_cleanse(buffer.data(), size);
    return kept;
}

}  // namespace

Secret::~Secret() {
    OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

std::string to_string(const config::SecretRef& ref) {
    switch (ref.kind) {
        case config::SecretRef::Kind::credential:
            return "credential:" + ref.name;
        case config::SecretRef::Kind::file:
            return "file:" + ref.name;
        case config::SecretRef::Kind::env:
            return "env:" + ref.name;
    }
    return ref.name;
}

SecretStore::SecretStore(Clock clock) : clock_(std::move(clock)) {}

Result<SharedSecret> SecretStore::read(const config::SecretRef& ref, Privacy privacy) {
    const std::string name = to_string(ref);
    if (ref.kind == config::SecretRef::Kind::env) {
        return read_variable(name, ref.name);
    }
    if (ref.kind == config::SecretRef::Kind::file) {
        return read_file(name, ref.name, privacy);
    }
    if (ref.name.empty() || ref.name.find('/') != std::string::npos) {
        return fail(ErrorCode::invalid_input, name + " is no credential's name");
    }
    const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
    if (directory == nullptr) {
        return fail(ErrorCode::not_found,
                    name + ": the daemon was started without credentials; add LoadCredential=" +
                        ref.name + ":/path to the unit");
    }
    // systemd guards the directory itself: the mode of the files in it says nothing.
    return read_file(name, std::string(directory) + "/" + ref.name, Privacy::open);
}

Result<SharedSecret> SecretStore::read_file(const std::string& name,
                                            const std::string& path,
                                            Privacy privacy) {
    Entry& entry = entries_[{name, privacy}];
    const auto now = clock_();
    if (entry.secret && now - entry.looked < look_interval) {
        return entry.secret;
    }
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0) {
        entry = {};
        return fail(cannot_open(name, path, errno));
    }
    if (auto why = refusal(path, status, privacy); !why.empty()) {
        entry = {};
        return fail(ErrorCode::forbidden, name + ": " + why);
    }
    const Stamp stamp{.device = status.st_dev,
                      .inode = status.st_ino,
                      .size = status.st_size,
                      .modified_ns = nanoseconds(status.st_mtim),
                      .changed_ns = nanoseconds(status.st_ctim)};
    if (!entry.secret || stamp != entry.stamp) {
        auto content = read_content(name, file);
        if (!content) {
            entry = {};
            return content;
        }
        const bool same = entry.secret && entry.secret->reveal() == (*content)->reveal();
        entry.secret = same ? entry.secret : *std::move(content);
        entry.stamp = stamp;
    }
    entry.looked = now;
    return entry.secret;
}

}  // namespace tided::daemon
