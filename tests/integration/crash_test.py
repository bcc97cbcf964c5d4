#!/usr/bin/python3
"""kill -9 at every named failpoint and at random moments under load: afterwards no history, pause
or half-done step is lost, no replica is orphaned or doubled, with keep = true and without."""

import json
import os
import random
import signal
import unittest

from harness import Case, pool_toml, run_tided

FAILPOINTS = ("before_intent", "after_intent", "call_sent", "answer_read", "outcome_written")
PAUSED = """
[pool.quiet]
provider = "here"
command = ["/bin/sleep", "400000{index}"]
environment = { TIDED_TEST = "@DIR@" }

[policy.quiet]
pool = "quiet"
min = 0
max = 4
"""


class Crash(Case):
    def fresh(self, keep):
        """A daemon of its own directory: load 25, so three workers of `web`; `quiet` paused."""
        directory = os.path.join(self.directory, str(len(os.listdir(self.directory))))
        os.mkdir(directory)
        self.load = self.page(load=5)
        toml = pool_toml(self.load, keep=keep, extra=PAUSED)
        # Long enough that recommendations of before the crash matter after it.
        toml = toml.replace('stabilization = "0s"', 'stabilization = "1h"')
        return self.daemon(toml, directory)

    def workers(self, daemon):
        """argument -> pids: an argument twice is a doubled replica."""
        found = {}
        for pid, argv in daemon.children().items():
            found.setdefault(argv[1], []).append(pid)
        return found

    def exactly(self, daemon, count):
        found = self.workers(daemon)
        return (len(found) == count and all(len(pids) == 1 for pids in found.values())
                and daemon.policy()["ready"] == count)

    def exported(self, daemon):
        code, out, err = run_tided("state", "--state", daemon.directory + "/state", "export")
        self.assertEqual(code, 0, err)
        return json.loads(out)

    def history(self, daemon):
        policies = {p["name"]: p for p in self.exported(daemon)["policies"]}
        return policies["web"]["recommendations"], policies["quiet"]["pause"]

    def crash_at(self, failpoint, keep):
        daemon = self.fresh(keep)
        # The first step (none to one) passes the place, the second one dies there.
        daemon.start(TIDED_FAILPOINT=failpoint + ":2")
        self.eventually(lambda: self.exactly(daemon, 1), "one worker")
        code, _, err = daemon.cli("pause", "quiet", "--reason", "test of crashes", "--for", "2h")
        self.assertEqual(code, 0, err)
        self.load.values["load"] = 25
        self.assertEqual(daemon.wait(), -signal.SIGKILL, f"dies at {failpoint}")
        before, pause = self.history(daemon)
        survivors = set(daemon.children())
        daemon.start()
        self.eventually(lambda: self.exactly(daemon, 3), f"three after {failpoint}, keep={keep}")
        self.always(lambda: self.exactly(daemon, 3), "and it stays so", 0.6)
        if keep:
            self.assertLessEqual(survivors, set(daemon.children()), "kept workers are adopted")
        self.assertIn("test of crashes", daemon.policy("quiet")["pause"] or "")
        status = daemon.get("/api/v1/status")
        self.assertEqual(status["open_steps"], 0, "no step is left half done")
        self.assertEqual(daemon.stop(), 0)
        after, pause_after = self.history(daemon)
        self.assertEqual(pause_after, pause)
        held = max(count for _, count in after)
        self.assertGreaterEqual(held, max((count for _, count in before), default=0),
                                "recommendations of before the crash still hold")
        if keep:
            self.assertEqual(len(daemon.children()), 3, "kept workers outlive the daemon")
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
        daemon = self.fresh(keep)
        daemon.write(pool_toml(self.load, keep=keep, interval="100ms"))
        for _ in range(times):
            daemon.start(ready=False)
            end = chance.uniform(0.02, 0.7)
            self.load.values["load"] = chance.choice((5, 15, 35, 55, 75))
            try:
                daemon.wait(end)
                self.fail(f"tided ended by itself (seed {seed}):\n{daemon.log()}")
            except TimeoutError:
                pass
            except Exception as error:  # subprocess.TimeoutExpired: still running, as it should
                self.assertIn("timed out", str(error))
            daemon.kill()
            doubled = {a: p for a, p in self.workers(daemon).items() if len(p) > 1}
            self.assertEqual(doubled, {}, f"seed {seed}")
        self.load.values["load"] = 35
        daemon.start()
        self.eventually(lambda: self.exactly(daemon, 4), f"four in the end (seed {seed})")
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
