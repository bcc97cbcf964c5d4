#!/usr/bin/python3
"""SIGTERM and SIGINT at inconvenient moments: a step in flight is finished in time or left to the
next start, a disk that does not answer holds nothing up, and nothing that happened is lost."""

import os
import signal
import subprocess
import unittest

import exec_test
from harness import Case, http_get, pool_toml


class StepInFlight(exec_test.ExecCase):
    def in_flight(self, mood, shutdown, **program):
        """A daemon whose program was asked for 5 replicas and is not done."""
        daemon = self.started(daemon=f'shutdown_timeout = "{shutdown}"', **program)
        self.put("mood", mood)
        self.load.values["load"] = 45
        return daemon

    def test_what_ends_in_time_is_waited_for(self):
        daemon = self.in_flight("apply slow", "20s")
        self.eventually(lambda: os.path.exists(self.path("slow")), "it is asked")
        daemon.signal(signal.SIGINT)
        self.always(daemon.running, "the step is waited for", 0.5)
        self.put("mood", "")
        os.unlink(self.path("slow"))
        self.assertEqual(daemon.wait(), 0)
        self.assertEqual(self.read("replicas"), "5")
        daemon.start()
        self.assertTrue(self.told(daemon, "done", "web: 2 -> 5 done"), self.outcomes(daemon))

    def test_what_does_not_is_left_to_the_next_start(self):
        daemon = self.in_flight("apply hang", "2s", limit="60s")
        self.eventually(lambda: os.path.exists(self.path("hanging")), "it hangs")
        daemon.signal(signal.SIGTERM)
        self.assertEqual(daemon.wait(), 0)
        self.assertIn("pool web: the step 2 -> 5 is still in flight; the next start settles it",
                      daemon.log())
        self.assertEqual(daemon.children(), {})
        self.put("mood", "")
        daemon.start()
        self.eventually(lambda: self.told(daemon, "refused", "web: 2 -> 5 refused: a restart cut "
                                          "it short and the pool is at 2: decided afresh"),
                        "it is settled by looking")
        self.follows(daemon, 5)


class HungDisk(Case):
    def setUp(self):
        super().setUp()
        self.hangs = os.path.join(self.directory, "hangs")
        library = os.path.join(self.directory, "hung_disk.so")
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "hung_disk.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
        sanitizer = os.environ.get("ASAN_OPTIONS", "")
        self.environment = {"LD_PRELOAD": library, "TIDED_TEST_DISK_HANGS": self.hangs,
                            "ASAN_OPTIONS": sanitizer + ":verify_asan_link_order=0"}
        self.load = self.page(load=15)

    def started(self, toml):
        daemon = self.daemon(toml).start(**self.environment)
        self.addCleanup(lambda: os.path.exists(self.hangs) and os.unlink(self.hangs))
        self.eventually(lambda: daemon.policy()["ready"] == 2, "2 for a load of 15")
        with open(self.hangs, "w", encoding="utf-8"):
            pass
        self.load.values["load"] = 45
        return daemon

    def readiness(self, daemon):
        return http_get(daemon.api, "/-/ready")[1]

    def test_no_step_is_taken_until_the_disk_answers(self):
        daemon = self.started(pool_toml(self.load))
        words = "the disk does not answer"
        self.eventually(lambda: words in self.readiness(daemon), "it says so")
        self.assertEqual(len(daemon.children()), 2, "no call leaves without its intent on disk")
        self.assertIn('tided_policy_desired_replicas{', "\n".join(daemon.metrics()))
        os.unlink(self.hangs)
        self.eventually(lambda: daemon.policy()["ready"] == 5, "5 once it answers")
        self.eventually(lambda: self.readiness(daemon).strip() == "ready", "and all is well")

    def test_the_end_comes_all_the_same(self):
        toml = pool_toml(self.load).replace("[daemon]", '[daemon]\nshutdown_timeout = "2s"')
        daemon = self.started(toml)
        self.eventually(lambda: daemon.policy()["desired"] == 5, "5 are wanted")
        daemon.signal(signal.SIGTERM)
        self.assertEqual(daemon.wait(20), 1)
        self.assertIn("the disk does not answer", daemon.log())
        self.assertEqual(daemon.children(), {})
        os.unlink(self.hangs)
        daemon.start()
        self.eventually(lambda: daemon.policy()["ready"] == 5, "the next start goes on")


if __name__ == "__main__":
    unittest.main()
