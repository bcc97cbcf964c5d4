// The daemon dies before or after any call on its host, at any moment, with whatever checkpoint was
// saved last; over thousands of random schedules no child, nor what it forked, is ever doubled, and
// once the daemon lives long enough none is orphaned, none missing, none a zombie.
#include <random>
#include <set>

#include <doctest/doctest.h>

#include "actuators/process_pool/process_pool.h"
#include "tests/support/await.h"
#include "tests/support/fake_processes.h"

using namespace tided;
using namespace tided::actuators;
using namespace std::chrono_literals;
using tided::support::await;
using tided::support::FakeProcesses;

namespace {

struct DaemonDied {};

class World {
public:
    World(std::uint32_t seed, bool keep) : random_(seed) {
        spec_ = {.name = "web",
                 .command = {"/bin/worker", "{port}"},
                 .environment = {},
                 .directory = {},
                 .first_port = 8081,
                 .probe = "tcp://127.0.0.1:{port}",
                 .start_timeout = 5s,
                 .stop_grace = 2s,
                 .restart_delay_max = 4s,
                 .initial = Replicas{3},
                 .keep = keep};
        host_.before_call = [this](std::string_view) { step_towards_death(); };
        host_.after_call = [this](std::string_view) { step_towards_death(); };
        host_.answer_probe = [this](const std::string&) -> Status {
            return below(3) == 0 ? Status{fail(ErrorCode::unavailable, "refused")} : Status{};
        };
        host_.children_fork = true;
        host_.stopping_takes = Duration{below(3) * 700};
        start();
    }

    void act() {
        if (below(8) == 0) {
            dies_in_ = below(12);
        }
        try {
            act_once();
            saved_ = pool_->checkpoint();
        } catch (const DaemonDied&) {
            dies_in_ = -1;
            host_.daemon_died();
            pass();
            start();
        }
    }

    void settle() {
        dies_in_ = -1;
        int calm = 0;
        for (int i = 0; i < 200 && calm < 5; ++i) {
            pass();
            (void)await(pool_->tend(now_, {}));
            const Observed seen = observe();
            const bool is_calm = seen.ready == seen.replicas && seen.present == seen.replicas &&
                                 host_.alive() == wanted_labels();
            calm = is_calm ? calm + 1 : 0;
        }
    }

    [[nodiscard]] bool has_doubles() const {
        const auto alive = host_.alive();
        return std::set<std::string>(alive.begin(), alive.end()).size() != alive.size();
    }
    [[nodiscard]] std::vector<std::string> wanted_labels() {
        std::vector<std::string> labels;
        for (std::int32_t i = 0; i < observe().replicas.count; ++i) {
            labels.push_back("web[" + std::to_string(i) + "]");
            labels.push_back(labels.back() + "+");
        }
        return labels;
    }
    [[nodiscard]] Observed observe() { return await(pool_->observe(now_, {})).value(); }
    [[nodiscard]] std::size_t zombies() const {
        std::size_t count = 0;
        for (const auto& process : host_.all()) {
            count += !process.is_alive && process.is_watched ? 1 : 0;
        }
        return count;
    }
    [[nodiscard]] std::vector<std::string> alive() const { return host_.alive(); }
    [[nodiscard]] int deaths() const { return deaths_; }

private:
    int below(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }

    void step_towards_death() {
        if (dies_in_ == 0) {
            ++deaths_;
            throw DaemonDied{};
        }
        dies_in_ -= dies_in_ > 0 ? 1 : 0;
    }

    void start() {
        pool_ = make_process_pool(spec_, {.processes = &host_, .state_id = "s1"}).value();
        if (!saved_.empty()) {
            REQUIRE(pool_->restore(saved_, Origin::earlier_run, now_).has_value());
        }
    }

    void pass() {
        const Duration time{below(1500)};
        now_ += time;
        host_.pass(time);
    }

    void act_once() {
        pass();
        const auto alive = host_.alive();
        if (below(5) == 0 && !alive.empty()) {
            std::string label =
                alive.at(static_cast<std::size_t>(below(static_cast<int>(alive.size()))));
            if (!label.ends_with('+')) {
                host_.end(label, {.code = 1});
            }
        }
        if (below(4) == 0) {
            const Replicas from = observe().replicas;
            const Step step{
                .id = "s", .policy = "web", .pool = "web", .from = from, .to = {below(7)}};
            CHECK(await(pool_->apply(step, now_, {})) == Outcome::done());
            if (below(2) == 0) {
                saved_ = pool_->checkpoint();
            }
        }
        (void)await(pool_->tend(now_, {}));
    }

    std::minstd_rand random_;
    ProcessPoolSpec spec_;
    FakeProcesses host_;
    TimePoint now_{1000s};
    std::unique_ptr<Actuator> pool_;
    std::string saved_;
    int dies_in_ = -1;
    int deaths_ = 0;
};

int run_schedules(std::uint32_t count, bool keep) {
    int deaths = 0;
    for (std::uint32_t seed = 1; seed <= count; ++seed) {
        INFO("seed " << seed);
        World world{seed, keep};
        bool has_doubled = false;
        for (int i = 0; i < 40; ++i) {
            world.act();
            has_doubled = has_doubled || world.has_doubles();
        }
        REQUIRE_FALSE(has_doubled);
        world.settle();
        REQUIRE(world.alive() == world.wanted_labels());
        REQUIRE(world.observe().ready == world.observe().replicas);
        REQUIRE(world.zombies() == 0);
        deaths += world.deaths();
    }
    return deaths;
}

}  // namespace

TEST_CASE("process pool: with keep, no crash orphans or doubles a child") {
    CHECK(run_schedules(1000, true) > 2000);
}

TEST_CASE("process pool: without keep, no crash orphans or doubles a child") {
    CHECK(run_schedules(500, false) > 1000);
}
