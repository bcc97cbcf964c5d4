#!/usr/bin/python3
"""The wall clock stepped by an hour, forward and back: nothing scales down because of it, history
and pauses stay right, the jump is counted and told."""

import os
import time
import unittest

from harness import Case, pool_toml


class Clock(Case):
    def test_an_hour_forward_and_back(self):
        page = self.page(load=25)
        toml = pool_toml(page).replace('stabilization = "0s"', 'stabilization = "5m"')
        daemon = self.daemon(toml)
        offset = os.path.join(self.directory, "offset")
        self.step(offset, 0)
        daemon.start(TIDED_FAKE_WALL_OFFSET=offset)
        self.eventually(lambda: daemon.policy()["ready"] == 3, "3 at first")
        self.assertEqual(daemon.cli("pause", "web", "--reason", "clock", "--for", "30m")[0], 0)
        self.assertEqual(daemon.cli("resume", "web")[0], 0)
        page.values["load"] = 5  # wants 1; the window of 5 minutes holds 3
        self.eventually(lambda: daemon.policy()["metrics"][0]["value"] == 5, "the load fell")
        workers = set(daemon.children())
        for jumps, seconds in ((1, 3600), (2, 0), (3, -3600)):
            self.step(offset, seconds)
            self.eventually(lambda n=jumps: sum(1 for e in daemon.decisions(limit=200)
                                                if e["kind"] == "clock_jumped") >= n,
                            f"jump {jumps} is told")
            self.always(lambda: set(daemon.children()) == workers, "nothing scales down", 1.5)
            self.assertEqual(daemon.policy()["desired"], 3, f"after a step to {seconds} s")
        self.assertEqual(daemon.metrics()["tided_clock_jumps_total"], 3)
        page.values["load"] = 45
        self.eventually(lambda: daemon.policy()["ready"] == 5, "scaling up still works")

    def test_a_pause_lasts_as_long_as_asked_for(self):
        page = self.page(load=25)
        daemon = self.daemon(pool_toml(page))
        offset = os.path.join(self.directory, "offset")
        self.step(offset, 0)
        daemon.start(TIDED_FAKE_WALL_OFFSET=offset)
        self.eventually(lambda: daemon.policy()["ready"] == 3, "3 at first")
        lasts = 4
        for jumps, seconds, load in ((1, 3600, 35), (2, 0, 45), (3, -3600, 58)):
            workers = len(daemon.children())
            asked = time.monotonic()
            self.assertEqual(
                daemon.cli("pause", "web", "--reason", "clock", "--for", f"{lasts}s")[0], 0)
            granted = time.monotonic()
            page.values["load"] = load
            self.step(offset, seconds)
            self.eventually(lambda n=jumps: daemon.metrics()["tided_clock_jumps_total"] == n,
                            f"jump {jumps} is seen")
            self.assertIn("clock", daemon.policy()["pause"])
            self.assertLess(time.monotonic() - asked, lasts - 1, "seen well within the pause")
            self.stands_still_until_resumed(daemon, granted + lasts + 2)
            self.assertGreater(time.monotonic() - asked, lasts - 0.1,
                               f"not early after a step to {seconds} s")
            self.eventually(lambda n=workers + 1: daemon.policy()["ready"] == n,
                            "the load is followed after the pause")

    def test_uptime_is_no_matter_of_the_wall_clock(self):
        daemon = self.daemon(pool_toml(self.page(load=5)))
        offset = os.path.join(self.directory, "offset")
        self.step(offset, 0)
        daemon.start(TIDED_FAKE_WALL_OFFSET=offset)
        for jumps, seconds in ((1, -3600), (2, 0), (3, 3600)):
            self.step(offset, seconds)
            self.eventually(lambda n=jumps: daemon.metrics()["tided_clock_jumps_total"] == n,
                            f"jump {jumps} is seen")
            uptime = daemon.get("/api/v1/status")["uptime_seconds"]
            self.assertGreater(uptime, 0, f"after a step to {seconds} s")
            self.assertLess(uptime, 300, f"after a step to {seconds} s")

    def test_a_pause_moves_with_a_clock_set_back_while_nothing_runs(self):
        daemon = self.daemon(pool_toml(self.page(load=5), keep=True))
        offset = os.path.join(self.directory, "offset")
        self.step(offset, 0)
        daemon.start(TIDED_FAKE_WALL_OFFSET=offset)
        self.eventually(lambda: daemon.policy()["ready"] == 1, "one worker")
        asked = time.monotonic()
        self.assertEqual(daemon.cli("pause", "web", "--for", "4s")[0], 0)
        daemon.kill()
        self.step(offset, -3600)
        daemon.start(TIDED_FAKE_WALL_OFFSET=offset)
        self.assertIn("history is moved back with it", daemon.log())
        self.stands_still_until_resumed(daemon, asked + 15)

    def stands_still_until_resumed(self, daemon, latest):
        workers = seen = set(daemon.children())
        while daemon.policy()["pause"] is not None:
            self.assertEqual(seen, workers, "nothing is done in a pause")
            self.assertLess(time.monotonic(), latest, "the pause ends late")
            time.sleep(0.02)
            seen = set(daemon.children())

    @staticmethod
    def step(path, seconds):
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(f"{seconds}\n")
        os.rename(path + ".new", path)


if __name__ == "__main__":
    unittest.main()
