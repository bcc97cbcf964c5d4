#!/usr/bin/python3
"""kill -9 at every named failpoint and at random moments under load: afterwards no history, pause
or half-done step is lost, no replica is orphaned or doubled, with keep = true and without.

Beside `web`, which is killed in mid-step, two policies show what is remembered. `held` has 3 where
its load asks for 1: the 7 once proposed holds them, and nothing but the memory of before the kill
knows that 7, or that the +3 of ten minutes are used up. `quiet` wants 3 and is paused at none.
"""

import json
import os
import random
import signal
import subprocess
import unittest

from harness import Case, pool_toml, run_tided

FAILPOINTS = ("before_intent", "after_intent", "call_sent", "answer_read", "outcome_written")
HELD = ("held: stays at 3 because the highest proposal of the last 5m is 7 (scale_down "
        "stabilization); 1 was proposed because held is 5 (target 10 each)")
USED_UP = ("{0}: stays at 3 because scale_up allows +3 per 10m, counted from 0; 7 was proposed "
           "because {1} is 65 (target 10 each)")


def follower(name, command, keep):
    """A pool and policy that follow the gauge `name`, 10 each: +3 in ten minutes, 5m to go down."""
    return f"""
[pool.{name}]
provider = "here"
command = ["/bin/sleep", "{command}{{index}}"]
environment = {{ TIDED_TEST = "@DIR@" }}
keep = {str(keep).lower()}

[policy.{name}]
pool = "{name}"
min = 0
max = 8

[[policy.{name}.metric]]
name = "{name}"
query = "sum({name})"
source = "page"
target = {{ average_value = 10 }}
max_age = "2s"

[policy.{name}.behavior.scale_up]
policies = [{{ type = "pods", value = 3, period = "10m" }}]

[policy.{name}.behavior.scale_down]
stabilization = "5m"
"""


class Crash(Case):
    def fresh(self, keep, interval="200ms"):
        """A daemon of its own directory, not yet started."""
        directory = os.path.join(self.directory, str(len(os.listdir(self.directory))))
        os.mkdir(directory)
        self.load = self.page(load=5, held=65, quiet=0)
        return self.daemon(pool_toml(self.load, keep=keep, interval=interval,
                                     extra=follower("held", "200000", keep)
                                     + follower("quiet", "400000", keep)), directory)

    def remembering(self, daemon):
        """Lets it make its history: one worker of `web`, three of `held`, `quiet` paused."""
        self.eventually(lambda: self.exactly(daemon, 1), "one worker")
        self.eventually(lambda: self.exactly(daemon, 3, "held"), "three of the seven proposed")
        code, _, err = daemon.cli("pause", "quiet", "--reason", "test of crashes", "--for", "2h")
        self.assertEqual(code, 0, err)
        self.load.values.update(held=5, quiet=25)
        self.pause = daemon.policy("quiet")["pause"]
        self.assertRegex(self.pause,
                         rf"^paused by uid={os.getuid()}\(.*\) until 20.*Z: test of crashes$")
        self.kept_pause = None
        self.assert_remembers(daemon)

    def assert_remembers(self, daemon):
        self.eventually(lambda: daemon.policy("held")["last_reason"] == HELD, HELD)
        self.assertEqual(daemon.cli("explain", "held")[1].splitlines()[0], HELD)
        self.eventually(lambda: self.exactly(daemon, 3, "held"), "which holds three")
        self.eventually(lambda: "wanted 3: paused by" in daemon.policy("quiet")["last_reason"],
                        "the paused one would do something")
        self.assertEqual(daemon.policy("quiet")["pause"], self.pause)
        self.assertEqual(daemon.cli("explain", "quiet")[1].splitlines()[1], self.pause)
        self.assertEqual(self.workers(daemon, "400000"), {}, "and does nothing")

    def assert_kept(self, daemon):
        """What is on the disk after a kill, before anything else can have mended it."""
        code, out, err = run_tided("state", "--state", daemon.directory + "/state", "export")
        self.assertEqual(code, 0, err)
        policies = {policy["name"]: policy for policy in json.loads(out)["policies"]}
        self.assertIn(7, [count for _, count in policies["held"]["recommendations"]])
        self.assertEqual(sum(count for _, count in policies["held"]["ups"]), 3)
        self.kept_pause = self.kept_pause or policies["quiet"]["pause"]
        self.assertEqual(self.kept_pause["reason"], "test of crashes")
        self.assertAlmostEqual(self.kept_pause["until"] - self.kept_pause["since"], 7200_000,
                               delta=100)  # milliseconds
        self.assertEqual(policies["quiet"]["pause"], self.kept_pause)

    def assert_used_up(self, daemon, policy, gauge):
        """Its scale events are remembered: it may not grow again."""
        self.load.values[gauge] = 65
        text = USED_UP.format(policy, gauge)
        self.eventually(lambda: daemon.policy(policy)["last_reason"] == text, text)
        self.always(lambda: self.exactly(daemon, 3, policy), "and does not grow", 0.6)

    def workers(self, daemon, command="100000"):
        """argument -> pids: an argument twice is a doubled replica."""
        found = {}
        for pid, argv in daemon.children().items():
            if argv[1].startswith(command):
                found.setdefault(argv[1], []).append(pid)
        return found

    def exactly(self, daemon, count, policy="web"):
        command = {"web": "100000", "held": "200000"}[policy]
        found = self.workers(daemon, command)
        return (sorted(found) == [f"{command}{index}" for index in range(count)]
                and all(len(pids) == 1 for pids in found.values())
                and daemon.policy(policy)["ready"] == count)

    def crash_at(self, failpoint, keep):
        daemon = self.fresh(keep)
        with open(daemon.config, encoding="utf-8") as file:
            daemon.write(file.read().replace('value = 100, period = "1s" }]\n\n[policy.web',
                                             'value = 3, period = "10m" }]\n\n[policy.web'))
        # `web` and `held` pass the place with one step each, of one and of three workers.
        daemon.start(TIDED_FAILPOINT=failpoint + (":5" if failpoint == "call_sent" else ":3"))
        self.remembering(daemon)
        self.load.values["load"] = 25
        self.assertEqual(daemon.wait(), -signal.SIGKILL, f"dies at {failpoint}")
        self.assert_kept(daemon)
        survivors = set(daemon.children())
        daemon.start()
        self.eventually(lambda: self.exactly(daemon, 3), f"three after {failpoint}, keep={keep}")
        self.always(lambda: self.exactly(daemon, 3), "and it stays so", 0.6)
        if keep:
            self.assertLessEqual(survivors, set(daemon.children()), "kept workers are adopted")
        self.assert_remembers(daemon)
        self.assertEqual(daemon.get("/api/v1/status")["open_steps"], 0, "none is left half done")
        self.assert_used_up(daemon, "web", "load")
        self.assert_used_up(daemon, "held", "held")
        self.assertEqual(daemon.stop(), 0)
        self.assert_kept(daemon)
        if keep:
            self.assertEqual(len(daemon.children()), 6, "kept workers outlive the daemon")
            for pid in daemon.children():
                os.kill(pid, signal.SIGKILL)
            self.eventually(lambda: daemon.children() == {}, "the killed ones are gone")
        self.assertEqual(daemon.children(), {})

    def test_every_failpoint(self):
        for failpoint in FAILPOINTS:
            with self.subTest(failpoint=failpoint):
                self.crash_at(failpoint, keep=False)

    def test_every_failpoint_with_kept_workers(self):
        for failpoint in FAILPOINTS:
            with self.subTest(failpoint=failpoint):
                self.crash_at(failpoint, keep=True)

    def crash_often(self, keep, times):
        seed = random.randrange(1 << 30)
        chance = random.Random(seed)
        daemon = self.fresh(keep, interval="100ms").start()
        self.remembering(daemon)
        daemon.kill()
        for turn in range(times):
            daemon.start(ready=False)
            if turn % 2:  # the others may die before they are ready
                daemon.wait_ready()
                self.assert_remembers(daemon)
            self.load.values["load"] = chance.choice((5, 15, 35, 55, 75))
            with self.assertRaises(subprocess.TimeoutExpired, msg=f"ended by itself (seed {seed})"):
                daemon.wait(chance.uniform(0.02, 0.7))
            daemon.kill()
            argv = [argv[1] for argv in daemon.children().values()]
            self.assertEqual(len(argv), len(set(argv)), f"doubled: {argv}, seed {seed}")
            self.assert_kept(daemon)
        self.load.values["load"] = 35
        daemon.start()
        self.eventually(lambda: self.exactly(daemon, 4), f"four in the end (seed {seed})")
        self.assert_remembers(daemon)
        self.assert_used_up(daemon, "held", "held")
        self.assertEqual(daemon.get("/api/v1/status")["open_steps"], 0)

    def forked(self, daemon, name):
        """argument -> pids of the living `name` processes of shell workers."""
        found = {}
        for pid, argv in daemon.children().items():
            if argv[0] == name:
                found.setdefault(argv[-1], []).append(pid)
        return found

    def forking(self, keep, script="/bin/sleep 10007{index} & wait"):
        """Two shells, each with a command of its own: the parent-death signal reaches the shell
        alone. Gives the pids of the commands."""
        self.load = self.page(load=15)
        toml = pool_toml(self.load, keep=keep)
        self.assertIn('["/bin/sleep", "100000{index}"]', toml)
        daemon = self.daemon(toml.replace('["/bin/sleep", "100000{index}"]',
                                          f'["/bin/sh", "-c", "{script}"]')).start()
        self.eventually(lambda: self.two_once(daemon), "two shells and their commands")
        return daemon, self.forked(daemon, "/bin/sleep")

    def two_once(self, daemon):
        shells, commands = self.forked(daemon, "/bin/sh"), self.forked(daemon, "/bin/sleep")
        return (sorted(commands) == ["100070", "100071"]
                and all(len(pids) == 1 for pids in commands.values())
                and len(sum(shells.values(), [])) == 2 and daemon.policy()["ready"] == 2)

    def killed_and_back(self, daemon, while_dead=lambda: None):
        daemon.kill()
        while_dead()
        daemon.start()
        self.eventually(lambda: self.two_once(daemon), "two again, none of them twice")
        self.always(lambda: self.two_once(daemon), "and it stays so", 0.6)

    def test_what_workers_forked_does_not_outlive_them(self):
        daemon, before = self.forking(keep=False)
        self.killed_and_back(daemon, lambda: self.eventually(
            lambda: not self.forked(daemon, "/bin/sh"), "the shells died with the daemon"))
        after = self.forked(daemon, "/bin/sleep")
        for argument, pids in before.items():
            self.assertNotEqual(pids, after[argument])
        self.assertIn("web[0] is gone, but its process", daemon.log())
        self.assertEqual(daemon.stop(), 0)
        self.eventually(lambda: daemon.children() == {}, "nothing outlives a good end", 5)

    def test_what_workers_forked_and_does_not_end_is_killed(self):
        daemon, before = self.forking(False, "trap '' TERM; /bin/sleep 10007{index} & wait")
        self.killed_and_back(daemon)
        after = self.forked(daemon, "/bin/sleep")
        for argument, pids in before.items():
            self.assertNotEqual(pids, after[argument])

    def test_kept_workers_are_adopted_with_what_they_forked(self):
        daemon, before = self.forking(keep=True)
        self.killed_and_back(daemon)
        self.assertEqual(self.forked(daemon, "/bin/sleep"), before)

        def end_one_shell():
            victim = next(pid for pid, argv in daemon.children().items()
                          if argv[0] == "/bin/sh" and "100070" in argv[-1])
            os.kill(victim, signal.SIGKILL)
        self.killed_and_back(daemon, end_one_shell)
        after = self.forked(daemon, "/bin/sleep")
        self.assertNotEqual(after["100070"], before["100070"], "its shell was gone")
        self.assertEqual(after["100071"], before["100071"], "its shell lives")
        end_one_shell()  # an adopted or a spawned one, in normal running
        self.eventually(lambda: self.two_once(daemon)
                        and self.forked(daemon, "/bin/sleep")["100070"] != after["100070"],
                        "replaced, command and all")

    def test_a_stranger_with_the_mark_of_another_state_is_left_alone(self):
        stranger = self.program(["/bin/sleep", "100099"],
                                env={"TIDED_CHILD": "another-state/web[0]"})
        daemon, _ = self.forking(keep=False)
        self.killed_and_back(daemon)
        self.assertIsNone(stranger.poll())

    def test_twenty_random_moments(self):
        self.crash_often(keep=False, times=20)

    def test_twenty_random_moments_with_kept_workers(self):
        self.crash_often(keep=True, times=20)


if __name__ == "__main__":
    unittest.main()
