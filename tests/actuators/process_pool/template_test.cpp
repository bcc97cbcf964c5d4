// Templates: what is filled, what is added, what is refused.
#include "actuators/process_pool/template.h"

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::actuators;

namespace {

const ProcessPoolSpec web{.name = "web",
                          .command = {"/bin/worker", "--port={port}", "{index}{index}", "{other}"},
                          .environment = {{"PORT", "{port}"}, {"PATH", "/bin"}},
                          .directory = "/srv/{index}",
                          .first_port = 8081,
                          .probe = "http://127.0.0.1:{port}/ready"};

std::string refusal(const ProcessPoolSpec& spec) {
    const Status sound = check_template(spec);
    REQUIRE_FALSE(sound.has_value());
    CHECK(sound.error().code == ErrorCode::invalid_input);
    return sound.error().message;
}

}  // namespace

TEST_CASE("template: index and port are filled in, anything else stays") {
    const Command command = fill_command(web, 3, "s1/web[3]");
    CHECK(command.argv == std::vector<std::string>{"/bin/worker", "--port=8084", "33", "{other}"});
    CHECK(command.environment ==
          std::vector<std::pair<std::string, std::string>>{
              {"PORT", "8084"}, {"PATH", "/bin"}, {"TIDED_CHILD", "s1/web[3]"}});
    CHECK(command.directory == "/srv/3");
    CHECK(fill(web.probe, web, 3) == "http://127.0.0.1:8084/ready");
}

TEST_CASE("template: contradictions are told") {
    ProcessPoolSpec spec = web;
    CHECK(check_template(spec).has_value());
    spec.first_port = 0;
    CHECK(refusal(spec) == "pool web: it uses {port} without a first_port");
    spec = web;
    spec.command = {};
    CHECK(refusal(spec) == "pool web: it has no command");
    spec = web;
    spec.probe = "https://x";
    CHECK(refusal(spec) ==
          "pool web: its probe 'https://x' begins with neither tcp:// nor http://");
    spec = web;
    spec.environment.emplace_back("TIDED_CHILD", "me");
    CHECK(refusal(spec) == "pool web: its environment may not set TIDED_CHILD");
    spec = web;
    spec.first_port = 65530;
    spec.initial = Replicas{7};
    CHECK(refusal(spec) ==
          "pool web: 7 copies from port 65530 on would need ports up to 65536, beyond 65535");
    spec.initial = Replicas{6};
    CHECK(check_template(spec).has_value());
    CHECK(check_count(spec, Replicas{-1}).error().message == "pool web: it cannot be -1 large");
}
