// Where secrets come from, what is refused, and that no refusal repeats one.
#include "daemon/client/secret.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <type_traits>

#include <sys/stat.h>

#include <doctest/doctest.h>

#include "tests/support/temporary_directory.h"

namespace tided::daemon {

namespace {

using Kind = config::SecretRef::Kind;

template <typename T>
concept Printable = requires(std::ostream& out, const T& value) {
    out << value;
};

void write(const std::string& path, const std::string& text, mode_t mode = 0600) {
    std::ofstream(path, std::ios::binary) << text;
    ::chmod(path.c_str(), mode);
}

std::string message_of(SecretStore& store, const config::SecretRef& ref) {
    const auto read = store.read(ref);
    return read ? std::string("read") : read.error().message;
}

}  // namespace

static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_convertible_v<Secret, std::string_view>);
static_assert(!std::is_copy_constructible_v<Secret>);
static_assert(!Printable<Secret>);

TEST_CASE("secret: a file, a credential and a variable; one line end is dropped") {
    testing::TemporaryDirectory directory;
    SecretStore store;
    write(directory / "token", "one\n");
    CHECK((*store.read({.kind = Kind::file, .name = directory / "token"}))->reveal() == "one");
    write(directory / "windows", "two\r\n");
    CHECK((*store.read({.kind = Kind::file, .name = directory / "windows"}))->reveal() == "two");
    write(directory / "lines", "a\nb\n\n");
    CHECK((*store.read({.kind = Kind::file, .name = directory / "lines"}))->reveal() == "a\nb\n");

    ::setenv("TIDED_TEST_SECRET", "three", 1);
    CHECK((*store.read({.kind = Kind::env, .name = "TIDED_TEST_SECRET"}))->reveal() == "three");
    ::unsetenv("TIDED_TEST_SECRET");

    ::setenv("CREDENTIALS_DIRECTORY", directory.path().c_str(), 1);
    CHECK((*store.read({.kind = Kind::credential, .name = "token"}))->reveal() == "one");
    ::unsetenv("CREDENTIALS_DIRECTORY");
}

TEST_CASE("secret: every refusal names the reference and the remedy, never the content") {
    testing::TemporaryDirectory directory;
    SecretStore store;
    const std::string open = directory / "open";
    write(open, "hunter2\n", 0644);
    CHECK(message_of(store, {.kind = Kind::file, .name = open}) ==
          "file:" + open + ": " + open + " is readable by everyone; run: chmod o-rwx " + open);
    const std::string empty = directory / "empty";
    write(empty, "\n");
    CHECK(message_of(store, {.kind = Kind::file, .name = empty}) == "file:" + empty + " is empty");
    const std::string large = directory / "large";
    write(large, std::string(SecretStore::longest + 1, 'x'));
    CHECK(message_of(store, {.kind = Kind::file, .name = large}) ==
          "file:" + large + ": " + large + " is larger than 1MiB");
    const std::string fifo = directory / "fifo";
    ::mkfifo(fifo.c_str(), 0600);
    CHECK(message_of(store, {.kind = Kind::file, .name = fifo}) ==
          "file:" + fifo + ": " + fifo + " is not a regular file");
    CHECK(message_of(store, {.kind = Kind::file, .name = directory.path()}) ==
          "file:" + directory.path() + ": " + directory.path() + " is not a regular file");
    CHECK(message_of(store, {.kind = Kind::file, .name = "/no/such"}) ==
          "file:/no/such: there is no file /no/such");
    CHECK(message_of(store, {.kind = Kind::env, .name = "TIDED_NO_SUCH"}) ==
          "env:TIDED_NO_SUCH: the environment has no such variable; set it for the daemon");
    ::unsetenv("CREDENTIALS_DIRECTORY");
    CHECK(message_of(store, {.kind = Kind::credential, .name = "token"}) ==
          "credential:token: the daemon was started without credentials; add "
          "LoadCredential=token:/path to the unit");
    ::setenv("CREDENTIALS_DIRECTORY", directory.path().c_str(), 1);
    CHECK(message_of(store, {.kind = Kind::credential, .name = "../token"}) ==
          "credential:../token is no credential's name");
    CHECK(message_of(store, {.kind = Kind::credential, .name = "absent"}) ==
          "credential:absent: there is no file " + directory.path() + "/absent");
    ::unsetenv("CREDENTIALS_DIRECTORY");
}

TEST_CASE("secret: a public file may be readable by everyone") {
    testing::TemporaryDirectory directory;
    SecretStore store;
    write(directory / "ca.pem", "certificate", 0644);
    const config::SecretRef ref{.kind = Kind::file, .name = directory / "ca.pem"};
    CHECK(store.read(ref, Privacy::open).has_value());
    CHECK(!store.read(ref, Privacy::hidden).has_value());
}

TEST_CASE("secret: a changed file is read again, looked at once a second") {
    testing::TemporaryDirectory directory;
    std::chrono::steady_clock::time_point now{};
    SecretStore store([&now] { return now; });
    const config::SecretRef ref{.kind = Kind::file, .name = directory / "token"};
    write(ref.name, "old");
    const auto first = *store.read(ref);
    write(directory / "next", "new");
    std::filesystem::rename(directory / "next", ref.name);
    now += std::chrono::milliseconds{999};
    CHECK(*store.read(ref) == first);
    now += std::chrono::milliseconds{1};
    const auto second = *store.read(ref);
    CHECK(second->reveal() == "new");
    now += std::chrono::seconds{1};
    CHECK(*store.read(ref) == second);  // the same pointer while nothing changed
    std::filesystem::remove(ref.name);
    now += std::chrono::seconds{1};
    CHECK(!store.read(ref).has_value());
}

}  // namespace tided::daemon
