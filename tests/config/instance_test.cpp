// Instance: values from outside, whatever bytes they hold, as names, in queries and in pools.
#include "daemon/config/instance.h"

#include <set>

#include <doctest/doctest.h>

#include "daemon/config/load.h"
#include "metrics/sources.h"

using namespace tided;
using namespace tided::config;

namespace {

const Template& made_of(std::string_view name) {
    static const Loaded loaded = load(TIDED_TEST_CONFIG "/good/for_each.toml", {});
    for (const Template& one : loaded.config.templates) {
        if (one.policy.spec.name == name) {
            return one;
        }
    }
    throw std::logic_error{"no such template"};
}

template <typename Spec>
const Spec& spec_of(const Instance& instance) {
    return std::get<Spec>(instance.pool.spec);
}

std::string refusal(std::string_view name, const std::string& value) {
    const auto instance = instance_of(made_of(name), value);
    return instance ? "" : instance.error().message;
}

const std::vector<std::string> hostile{"a/b",
                                       "a b",
                                       "a\nb",
                                       "\"",
                                       "'",
                                       "\\",
                                       "`",
                                       "{tenant}",
                                       "a\"} or vector(1) #",
                                       "%",
                                       "%2F",
                                       "..",
                                       "[x=y]",
                                       "a=b",
                                       "é",
                                       "\xF0\x9F\x8C\x8A",
                                       "a.*|b",
                                       "\x01\x7F\t",
                                       "../../etc/passwd"};

}  // namespace

TEST_CASE("instance: the example of the design") {
    const auto instance = instance_of(made_of("tenants"), "acme");
    REQUIRE(instance);
    CHECK(instance->policy.spec.name == "tenants[tenant=acme]");
    CHECK(instance->policy.pool == "tenants[tenant=acme]");
    CHECK(instance->policy.made_of == "tenants");
    CHECK(instance->pool.name == "tenants[tenant=acme]");
    CHECK(instance->pool.provider == "kapsule");
    CHECK(spec_of<actuators::KubernetesSpec>(*instance) ==
          actuators::KubernetesSpec{.name = "tenants[tenant=acme]",
                                    .workload = "deployment/acme/web"});
    CHECK(instance->policy.metrics.front().query.expression ==
          "sum(rate(http_requests_total{tenant=\"acme\", job=\"web\"}[1m]))");
    CHECK(instance->policy.spec.max.count == 60);  // by its override
    CHECK(instance->policy.spec.min.count == 1);
    CHECK(instance_of(made_of("tenants"), "other")->policy.spec.max.count == 20);
}

TEST_CASE("instance: an override changes what it names and nothing else") {
    const Policy& plain = made_of("tenants").policy;
    const Policy& special = made_of("tenants").overrides.at("a/b");
    CHECK(special.dry_run);
    CHECK(special.spec.max == plain.spec.max);
    CHECK(special.spec.metrics.front().rule ==
          policy::Rule{Target{.kind = TargetKind::value, .amount = 7}});
    CHECK(special.spec.metrics.front().max_age == plain.spec.metrics.front().max_age);
    CHECK(special.spec.behavior.down.stabilization == std::chrono::minutes{1});
    CHECK(special.spec.behavior.down.select == policy::Select::min);
    CHECK(special.metrics == plain.metrics);
}

TEST_CASE("instance: every value has one name, and every name one value") {
    CHECK(instance_name("t", "l", "a/b") == "t[l=a%2Fb]");
    CHECK(instance_name("t", "l", "%2F") == "t[l=%252F]");
    CHECK(instance_name("t", "l", "\xC3\xA9\n\"") == "t[l=%C3%A9%0A%22]");
    std::set<std::string> names;
    for (const std::string& value : hostile) {
        const std::string name = instance_name("tenants", "tenant", value);
        INFO(name);
        CHECK(names.insert(name).second);
        CHECK(name.find_first_of("/\"'\\ \n\t`<>&{}") == std::string::npos);
        CHECK(value_of_instance(made_of("tenants"), name) == value);
    }
    for (const char* other : {"tenants[tenant=a%2fb]",
                              "tenants[tenant=%61]",
                              "tenants[tenant=a/b]",
                              "tenants[tenant=%2]",
                              "tenants[tenant=a",
                              "tenants[other=a]",
                              "tenants2[tenant=a]",
                              "tenants"}) {
        INFO(other);
        CHECK_FALSE(value_of_instance(made_of("tenants"), other));
    }
}

TEST_CASE("instance: what a person may have meant, never another one's name") {
    CHECK(instance_called("t[l=a/b]") == "t[l=a%2Fb]");
    CHECK(instance_called("t[l=\xC3\xA9]") == "t[l=%C3%A9]");
    CHECK(instance_called("t%5Bl%3Da%252Fb%5D") == "t[l=a%2Fb]");
    CHECK(instance_called("t[l=a%2Fb]") == "");  // exact or not at all
    CHECK(instance_called("t[l=a%252Fb]") == "");
    CHECK(instance_called("t[l=a") == "");
    CHECK(instance_called("%zz") == "");
}

TEST_CASE("instance: values without a name") {
    CHECK(refusal("scripted", "") == "it is empty, or an element lacks the label");
    CHECK(refusal("scripted", "a\xFF") == "it is no valid UTF-8");
    CHECK(refusal("scripted", std::string{"a\0b", 3}) == "a NUL character is in it");
    CHECK(refusal("scripted", std::string(10'000, 'x')) ==
          "its name would be 10017 bytes long, the most is 255");
    CHECK(refusal("scripted", std::string(238, 'x')) == "");
    CHECK(refusal("scripted", std::string(239, 'x')) ==
          "its name would be 256 bytes long, the most is 255");
}

TEST_CASE("instance: in a query a value is data, in a pattern it matches itself") {
    const auto query = [](std::string_view text, std::string_view value) {
        return query_with_value(std::string{text}, "t", value);
    };
    CHECK(query("x{a=\"{t}\"}", "q\"q\\") == "x{a=\"q\\\"q\\\\\"}");
    CHECK(query("x{a='{t}'}", "q\"'") == "x{a='q\"\\''}");
    CHECK(query("x{a=~\"{t}|b\"}", "a.b") == "x{a=~\"a\\\\.b|b\"}");
    CHECK(query("x{a!~\"^{t}$\"}", "(") == "x{a!~\"^\\\\($\"}");
    CHECK(query("x{a=\"p-{t}-{t}\"}", "\n") == "x{a=\"p-\\x0A-\\x0A\"}");
    CHECK(query("x{a=\"{t}\"} + y{job=\"{u}\"}", "{u}") == "x{a=\"{u}\"} + y{job=\"{u}\"}");
    CHECK(query("x{a=\"{t}\"}", "{t}") == "x{a=\"{t}\"}");
    CHECK(query("x{a=\"{ t }\", b=\"{T}\"}", "v") == "x{a=\"{ t }\", b=\"{T}\"}");
}

TEST_CASE("instance: whatever the value holds, the query parses and says no more than it did") {
    for (const std::string& value : hostile) {
        const auto instance = instance_of(made_of("scripted"), value);
        const std::string filled = query_with_value(
            made_of("scripted").policy.metrics.front().query.expression, "tenant", value);
        INFO(filled);
        CHECK(metrics::check_remote_expression(filled));
        CHECK(metrics::check_remote_expression(
            query_with_value("sum(x{tenant=\"{tenant}\"})", "tenant", value)));
    }
}

TEST_CASE("instance: a placeholder stands where it can be escaped") {
    CHECK_FALSE(misplaced("x{a=\"{t}\"}", "t"));
    CHECK_FALSE(misplaced("x{a=\"b\"}", "t"));
    CHECK(misplaced("x{a=\"{t}\"} + {t}", "t") == 13);
    CHECK(misplaced("x{a=`{t}`}", "t") == 5);
    CHECK(misplaced("x # {t}", "t") == 4);
}

TEST_CASE("instance: names of Kubernetes") {
    for (const char* fit : {"a", "acme-2", "0"}) {
        CHECK(refusal("tenants", fit) == "");
    }
    CHECK(refusal("tenants", "Acme") == "workload: 'Acme' is no name of a namespace");
    CHECK(refusal("tenants", "a_b") == "workload: 'a_b' is no name of a namespace");
    CHECK(refusal("tenants", "a/b") == "'workload' wants a name without '/'");
    CHECK(refusal("tenants", "v1/pods/kube-system") == "'workload' wants a name without '/'");
    CHECK(refusal("tenants", std::string(64, 'a')) ==
          "workload: '" + std::string(64, 'a') + "' is no name of a namespace");
}

TEST_CASE("instance: what a shell or the like may run is a plain word") {
    const std::string why =
        "only letters, digits, '.', '_' and '-' may be in it, for a shell or the like may run it";
    for (const std::string name : {"shelled", "worded"}) {
        CHECK(instance_of(made_of(name), "Acme-1.eu_west"));
        for (const char* value : {"a b", "$(id)", "a;b", "a'b", "a/b", "\xc3\xa9", "a\nb"}) {
            CHECK(refusal(name, value) == why);
        }
    }
    CHECK(instance_of(made_of("scripted"), "$(id); rm -rf"));
}

TEST_CASE("instance: arguments, environment and directory of a program") {
    const auto instance = instance_of(made_of("scripted"), "b c");
    REQUIRE(instance);
    const auto& spec = spec_of<actuators::ExecSpec>(*instance);
    CHECK(spec.observe == std::vector<std::string>{"/bin/count", "--tenant=b c"});
    CHECK(spec.apply == std::vector<std::string>{"/bin/scale", "b c"});
    CHECK(spec.environment.front().second == "b c");
    CHECK(spec.directory == "/srv/b c");
    CHECK(refusal("scripted", "-rf") ==
          "it begins with '-', and an argument that it begins would be an option");
    CHECK(refusal("scripted", "..") == "'directory' wants the name of a directory, without '/'");
    CHECK(refusal("scripted", "a/b") == "'directory' wants the name of a directory, without '/'");
}

TEST_CASE("instance: processes keep their own placeholders to themselves") {
    const auto instance = instance_of(made_of("kept"), "a/b");
    REQUIRE(instance);
    const auto& spec = spec_of<actuators::ProcessPoolSpec>(*instance);
    CHECK(spec.command == std::vector<std::string>{"/bin/worker", "a/b", "{index}"});
    CHECK(spec.probe == "http://127.0.0.1:80/a%2Fb/{index}");
    CHECK(refusal("kept", "{index}") == "a brace is in it, which has a meaning of its own here");
}
