// The Kubernetes pool against an API in memory.
#include "actuators/kubernetes/kubernetes.h"

#include <doctest/doctest.h>

#include "tests/support/await.h"
#include "tests/support/fake_kubernetes.h"

using namespace tided;
using namespace tided::actuators;
using namespace std::chrono_literals;
using tided::support::await;
using tided::support::FakeKubernetes;
using tided::support::Fault;
using tided::support::refuse;

namespace {

const std::string deployment = "/apis/apps/v1/namespaces/prod/deployments/web";
const std::string widget = "/apis/example.com/v1/namespaces/prod/widgets/w";

struct Rig {
    explicit Rig(const std::string& workload = "deployment/prod/web") {
        pool = make_kubernetes({.name = "web", .workload = workload},
                               {.transport = &api.transport, .state_id = {}})
                   .value();
    }
    Result<Observed> observe() { return await(pool->observe(now, {})); }
    Outcome apply(std::int32_t from, std::int32_t to) {
        const Step step{.id = "b-1", .policy = "day", .pool = "web", .from = {from}, .to = {to}};
        return await(pool->apply(step, now, {}));
    }
    std::vector<std::string> notes() {
        std::vector<std::string> texts;
        for (const Note& note : pool->take_notes()) {
            texts.push_back(note.text);
        }
        return texts;
    }

    FakeKubernetes api;
    TimePoint now{1000s};
    std::unique_ptr<Actuator> pool;
};

using Lines = std::vector<std::string>;

Outcome conflict(const std::string& message) {
    return Outcome::refused({.code = ErrorCode::conflict, .message = message});
}

}  // namespace

TEST_CASE("kubernetes: observes what is asked for, there and ready") {
    Rig rig;
    auto& web = rig.api.add(deployment, 3);
    web.present = 5;
    web.ready = 2;
    CHECK(rig.pool->identity() == "deployment/prod/web");
    CHECK(rig.observe().value() ==
          Observed{.replicas = {3}, .present = {5}, .ready = {2}, .at = rig.now});
    CHECK(rig.api.transport.lines() == Lines{"GET " + deployment + "/scale", "GET " + deployment});
    web = {.version = 1};
    CHECK(rig.observe().value() == Observed{.at = rig.now});
}

TEST_CASE("kubernetes: of a custom resource all that exist are ready, unless it says better") {
    Rig rig{"example.com/v1/widgets/prod/w"};
    auto& object = rig.api.add(widget, 4);
    object.ready = 1;
    CHECK(rig.observe().value().ready == Replicas{1});
    object.reports_ready = false;
    CHECK(rig.observe().value().ready == Replicas{4});
    rig.api.deny("GET widgets");
    CHECK(rig.observe().value().ready == Replicas{4});
    CHECK(rig.observe().value().ready == Replicas{4});
    CHECK(rig.notes() ==
          Lines{"example.com/v1/widgets/prod/w may not be read (the API server answers 403 "
                "Forbidden: widgets \"w\" is forbidden): all that exist count as ready"});
}

TEST_CASE("kubernetes: a built-in kind that may not be read is not guessed") {
    Rig rig;
    rig.api.add(deployment, 3);
    rig.api.deny("GET deployments");
    CHECK(rig.observe().error() ==
          Error{.code = ErrorCode::forbidden,
                .message = "reading how many of deployment/prod/web are ready: the API server "
                           "answers 403 Forbidden: deployments \"web\" is forbidden"});
}

TEST_CASE("kubernetes: scales by compare-and-swap, and doing it again writes nothing") {
    Rig rig;
    rig.api.add(deployment, 3);
    CHECK(rig.apply(3, 5) == Outcome::done());
    CHECK(rig.api.at(deployment).wanted == 5);
    const auto& put = rig.api.transport.requests().at(1);
    CHECK(put.method + " " + put.path == "PUT " + deployment + "/scale?fieldManager=tided");
    CHECK(put.content_type == "application/json");
    CHECK(
        put.body ==
        R"({"kind":"Scale","apiVersion":"autoscaling/v1","metadata":{"name":"web",)"
        R"("namespace":"prod","resourceVersion":"8801","uid":"uid-8801"},"spec":{"replicas":5}})");
    CHECK(rig.apply(3, 5) == Outcome::done());
    CHECK(rig.api.transport.count("PUT") == 1);
    CHECK(rig.apply(5, 0) == Outcome::done());
    CHECK(rig.apply(0, 2) == Outcome::done());
    CHECK(rig.api.at(deployment).wanted == 2);
}

TEST_CASE("kubernetes: somebody else's number is never overwritten") {
    Rig rig;
    rig.api.add(deployment, 3);
    rig.api.scale(deployment, 7);
    CHECK(rig.apply(3, 5) == conflict("deployment/prod/web is 7 large, not 3 as the step expects"));
    CHECK(rig.api.transport.count("PUT") == 0);
}

TEST_CASE("kubernetes: a lost race with the same number is run again, at most five times") {
    Rig rig;
    rig.api.add(deployment, 3);
    rig.api.race(deployment, 4);
    CHECK(rig.apply(3, 5) == Outcome::done());
    CHECK(rig.api.transport.count("PUT") == 5);
    rig.api.race(deployment, 5);
    CHECK(rig.apply(5, 6) ==
          Outcome::failed({.code = ErrorCode::conflict,
                           .message = "scaling deployment/prod/web: something else wrote in "
                                      "between, 5 times in a row"}));
    CHECK(rig.api.at(deployment).wanted == 5);
}

TEST_CASE("kubernetes: an object deleted and made anew is not scaled by an old step") {
    Rig rig;
    rig.api.add(deployment, 3);
    rig.api.transport.add({.kind = Fault::Kind::late, .method = "PUT"});
    CHECK(rig.apply(3, 5) == Outcome::pending(1s));
    rig.api.add(deployment, 3);
    (void)rig.observe();
    CHECK(rig.api.at(deployment).wanted == 3);
}

TEST_CASE("kubernetes: a lost answer is pending, and the next ask settles it") {
    Rig rig;
    rig.api.add(deployment, 3);
    std::size_t puts = 0;
    SUBCASE("the write was carried out") {
        rig.api.transport.add({.kind = Fault::Kind::lost_answer, .method = "PUT"});
        puts = 1;
    }
    SUBCASE("the write never arrived") {
        rig.api.transport.add({.kind = Fault::Kind::lost_request, .method = "PUT"});
        puts = 2;
    }
    SUBCASE("the write arrives while the next ask is under way") {
        rig.api.transport.add({.kind = Fault::Kind::late, .method = "PUT"});
        puts = 2;
    }
    CHECK(rig.apply(3, 5) == Outcome::pending(1s));
    CHECK(rig.notes() == Lines{"the answer to scaling deployment/prod/web was lost (no answer "
                               "within 5s): looking again"});
    CHECK(rig.apply(3, 5) == Outcome::done());
    CHECK(rig.api.at(deployment).wanted == 5);
    CHECK(rig.api.transport.count("PUT") == puts);
}

TEST_CASE("kubernetes: a cut or foreign answer to a write is a lost answer") {
    Rig rig;
    rig.api.add(deployment, 3);
    rig.api.transport.add({.kind = Fault::Kind::cut, .method = "PUT", .keep = 20});
    CHECK(rig.apply(3, 5) == Outcome::pending(1s));
    CHECK(rig.notes() ==
          Lines{"the answer to scaling deployment/prod/web was lost (the API server's answer "
                "cannot be read: it is no JSON object: {\"kind\":\"Scale\",\"api): looking again"});
    CHECK(rig.apply(3, 5) == Outcome::done());
    CHECK(rig.api.transport.count("PUT") == 1);
}

TEST_CASE("kubernetes: a write delivered twice scales once") {
    Rig rig;
    rig.api.add(deployment, 3);
    rig.api.transport.add({.kind = Fault::Kind::twice, .method = "PUT"});
    CHECK(rig.apply(3, 5) == Outcome::done());
    CHECK(rig.api.at(deployment).wanted == 5);
}

TEST_CASE("kubernetes: a number changed on its way in is told") {
    Rig rig;
    rig.api.add(deployment, 3).most = 4;
    CHECK(rig.apply(3, 9) ==
          conflict("scaling deployment/prod/web: 9 was asked for, but the API server stored 4"));
}

TEST_CASE("kubernetes: a write that failed says whether it may have happened") {
    Rig rig;
    rig.api.add(deployment, 3);
    rig.api.transport.add(refuse(500, "InternalError", "PUT"));
    CHECK(rig.apply(3, 5) ==
          Outcome::failed({.code = ErrorCode::unavailable,
                           .message = "scaling deployment/prod/web: the API server answers 500 "
                                      "InternalError: as the test says",
                           .effect = Effect::unknown}));
    rig.api.transport.add({.kind = Fault::Kind::not_sent, .method = "PUT"});
    CHECK(rig.apply(3, 5) ==
          Outcome::failed(
              {.code = ErrorCode::unavailable,
               .message = "scaling deployment/prod/web: connecting: connection refused"}));
    rig.api.transport.add({.kind = Fault::Kind::lost_request, .method = "GET"});
    CHECK(rig.apply(3, 5) ==
          Outcome::failed({.code = ErrorCode::timed_out,
                           .message = "reading the scale of deployment/prod/web: no answer within "
                                      "5s"}));
    rig.api.remove(deployment);
    CHECK(rig.apply(3, 5) ==
          Outcome::refused({.code = ErrorCode::not_found,
                            .message = "reading the scale of deployment/prod/web: the API server "
                                       "answers 404 NotFound: deployments \"web\" not found"}));
}

TEST_CASE("kubernetes: a workload that is none is refused when the pool is made") {
    FakeKubernetes api;
    CHECK(make_kubernetes({.name = "web", .workload = "web"},
                          {.transport = &api.transport, .state_id = {}})
              .error() == Error{.code = ErrorCode::invalid_input,
                                .message = "pool web: workload 'web': KIND/NAMESPACE/NAME or "
                                           "GROUP/VERSION/PLURAL/NAMESPACE/NAME is expected"});
}
