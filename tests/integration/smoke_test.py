#!/usr/bin/python3
"""The daemon from start to end: it checks, runs, shows itself, scales a little, stops in order."""

import os
import signal
import stat
import unittest

from harness import Case, http_get, pool_toml, run_tided


class Smoke(Case):
    def test_scales_by_a_page_and_shows_itself(self):
        page = self.page(load=25)
        daemon = self.daemon(pool_toml(page))
        code, out, err = run_tided("check", daemon.config)
        self.assertEqual((code, err), (0, ""), err)
        self.assertIn("1 policy, 1 pool, 1 source, 1 provider, mode act", out)
        daemon.start()
        self.eventually(lambda: len(daemon.children()) == 3, "3 workers for a load of 25")
        self.eventually(lambda: daemon.policy()["ready"] == 3, "3 ready")
        daemon.wait_ready("/-/ready")
        policy = daemon.policy()
        self.assertEqual((policy["current"], policy["desired"]), (3, 3))
        metrics = daemon.metrics()
        self.assertEqual(metrics['tided_policy_desired_replicas{policy="web"}'], 3)
        self.assertEqual(metrics['tided_policy_current_replicas{policy="web"}'], 3)
        self.assertEqual(metrics['tided_policy_metric_value{policy="web",metric="load"}'], 25)
        self.assertEqual(metrics['tided_decisions_total{policy="web",direction="down"}'], 0)
        page.values["load"] = 0
        self.eventually(lambda: len(daemon.children()) == 1, "down to the minimum")
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(daemon.children(), {}, "workers end with the daemon")

    def test_reading_is_open_and_changing_is_not(self):
        page = self.page(load=5)
        daemon = self.daemon(pool_toml(page)).start()
        for path in ("/-/healthy", "/api/v1/status", "/api/v1/policies", "/api/v1/decisions"):
            self.assertEqual(http_get(daemon.api, path)[0], 200, path)
        self.assertEqual(http_get(daemon.api, "/api/v1/policies/nope")[0], 404)
        self.assertEqual(http_get(daemon.api, "/nope")[0], 404)
        self.assertEqual(http_get(daemon.api, "/metrics", {"Host": "evil.example"})[0] // 100, 4)
        mode = os.stat(daemon.socket).st_mode
        self.assertTrue(stat.S_ISSOCK(mode))
        self.assertEqual(stat.S_IMODE(mode), 0o660)

    @staticmethod
    def rehearsal(page):
        """In dry-run, and from zero: below its minimum a policy wants the minimum first."""
        return pool_toml(page, minimum=0).replace('mode = "act"', 'mode = "dry-run"')

    def test_dry_run_decides_and_starts_nothing(self):
        page = self.page(load=25)
        daemon = self.daemon(self.rehearsal(page)).start()
        self.eventually(lambda: daemon.policy()["desired"] == 3, "a decision for 3")
        self.always(lambda: daemon.children() == {}, "nothing is started", 1.0)
        self.assertEqual(daemon.policy()["mode"], "dry-run")

    def test_once_prints_the_plan(self):
        page = self.page(load=25)
        daemon = self.daemon(self.rehearsal(page))
        code, out, err = run_tided("run", "--config", daemon.config, "--once")
        self.assertEqual(code, 0, err)
        self.assertRegex(out, r"web: 0 -> 3")

    def test_a_second_daemon_on_the_same_state_is_refused(self):
        page = self.page(load=5)
        daemon = self.daemon(pool_toml(page)).start()
        code, _, err = run_tided("run", "--config", daemon.config)
        self.assertEqual(code, 1)
        self.assertIn(str(daemon.process.pid), err, "the holder is named")

    def test_interrupt_is_as_good_as_terminate(self):
        page = self.page(load=25)
        daemon = self.daemon(pool_toml(page)).start()
        self.eventually(lambda: len(daemon.children()) == 3, "3 workers")
        daemon.signal(signal.SIGINT)
        self.assertEqual(daemon.wait(), 0)
        self.assertEqual(daemon.children(), {})
        self.assertFalse(os.path.exists(daemon.socket), "the control socket is removed")


if __name__ == "__main__":
    unittest.main()
