#include "daemon/config/load.h"

#include <fstream>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "tests/support/temporary_directory.h"

using namespace tided::config;
using tided::testing::TemporaryDirectory;

namespace {

void write(const std::string& path, const std::string& text) {
    std::ofstream{path} << text;
}

std::string printed(const Loaded& loaded) {
    std::string out;
    for (const Diagnostic& diagnostic : loaded.diagnostics) {
        out += render(diagnostic) + '\n';
    }
    return out;
}

}  // namespace

TEST_CASE("load: a file that is not there, a pipe, one without permission") {
    const TemporaryDirectory dir;
    const std::string missing = dir / "missing.toml";
    CHECK(printed(load(missing, {})) ==
          missing + ": error: cannot read the file: No such file or directory\n");
    CHECK_FALSE(load(missing, {}).ok());

    const std::string pipe = dir / "pipe.toml";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    CHECK(printed(load(pipe, {})) ==
          pipe + ": error: cannot read the file: it is not a regular file\n");

    const std::string locked = dir / "locked.toml";
    write(locked, "");
    REQUIRE(::chmod(locked.c_str(), 0) == 0);
    const bool is_root = ::geteuid() == 0;
    CHECK(printed(load(locked, {})) ==
          (is_root ? "" : locked + ": error: cannot read the file: Permission denied\n"));
}

TEST_CASE("load: a file over the limit is refused unread") {
    const std::string text(16 * 1024 * 1024 + 1, '#');
    CHECK(printed(load_text("large.toml", text, {})) ==
          "large.toml: error: the file is larger than 16 MiB\n");
    const TemporaryDirectory dir;
    const std::string path = dir / "large.toml";
    write(path, text);
    CHECK(printed(load(path, {})) == path + ": error: the file is larger than 16 MiB\n");
}

TEST_CASE("load: after a thousand mistakes one line says that there are more") {
    std::string text = "[daemon]\n";
    for (int i = 0; i < 1005; ++i) {
        text += "key_" + std::to_string(i) + " = 1\n";
    }
    const Loaded loaded = load_text("many.toml", text, {});
    CHECK(loaded.diagnostics.size() == 1001);
    CHECK(loaded.diagnostics.back().problem == Problem::too_many);
    CHECK(loaded.diagnostics.back().message == "more than 1000 mistakes: the others are not shown");
    CHECK_FALSE(loaded.ok());
}

TEST_CASE("load: files of a directory that are links, hidden or of another ending") {
    const TemporaryDirectory dir;
    write(dir / ".hidden.toml", "not toml");
    write(dir / "b.toml~", "not toml");
    write(dir / "b.TOML", "not toml");
    write(dir / "real", "[daemon]\nmode = \"act\"\n");
    REQUIRE(::symlink((dir / "real").c_str(), (dir / "a.toml").c_str()) == 0);
    const Loaded loaded = load(dir.path(), {});
    CHECK(printed(loaded) == "");
    CHECK(loaded.config.daemon.mode == Mode::act);
}

TEST_CASE("load: an exec plugin in a kubeconfig file is refused where programs are") {
    const TemporaryDirectory dir;
    const std::string kubeconfig = dir / "kubeconfig";
    write(kubeconfig, "users:\n- name: me\n  user:\n    exec:\n      command: aws\n");
    const std::string text =
        "[provider.k]\ntype = \"kubernetes\"\nkubeconfig = \"file:" + kubeconfig +
        "\"\n[pool.p]\nprovider = \"k\"\nworkload = \"deployment/a/b\"\n"
        "[policy.p]\npool = \"p\"\nmax = 1\n";
    const Loaded refused = load_text("k.toml", text, {.may_run_programs = false});
    REQUIRE(refused.diagnostics.size() == 2);
    CHECK(refused.diagnostics[0].line == 3);
    CHECK(refused.diagnostics[0].message ==
          "the kubeconfig's exec plugin runs programs on this host, which the service's sandbox "
          "forbids");
    CHECK_FALSE(refused.ok());
    CHECK(load_text("k.toml", text, {.may_run_programs = true}).ok());
}

TEST_CASE("load: line ends of another world, a byte order mark, an empty text") {
    CHECK(printed(load_text("crlf.toml", "[daemon]\r\nmode = \"act\"\r\nx = 1\r\n", {})) ==
          "crlf.toml:3:1: error: unknown key 'x' in [daemon]\n    3 | x = 1\n      | ^\n");
    CHECK(load_text("bom.toml", "\xEF\xBB\xBF[daemon]\nmode = \"act\"\n", {}).ok());
    CHECK(load_text("empty.toml", "", {}).ok());
}

TEST_CASE("load: hundreds of policies resolve their names, in the order of the file") {
    std::string text =
        "[provider.k]\ntype = \"kubernetes\"\nin_cluster = true\n"
        "[source.s]\ntype = \"prometheus\"\nurl = \"http://127.0.0.1:9090\"\n";
    for (int i = 0; i < 300; ++i) {
        const std::string name = "p" + std::to_string(i);
        text += "[pool." + name + "]\nprovider = \"k\"\nworkload = \"deployment/ns/" + name +
                "\"\n[policy." + name + "]\npool = \"" + name + "\"\nmax = 5\n[[policy." + name +
                ".metric]]\nname = \"m\"\nquery = 'sum(x)'\nsource = \"s\"\n"
                "target = { value = 1 }\n";
    }
    const Loaded loaded = load_text("many.toml", text, {});
    CHECK(printed(loaded) == "");
    CHECK(loaded.config.policies.size() == 300);
    CHECK(loaded.config.policies.back().pool == "p299");
}
