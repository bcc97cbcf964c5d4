#!/usr/bin/python3
"""Reload is all or nothing and really reloads: what is edited, added and removed is so at the next
tick; an error anywhere changes nothing, says where, and shows in the metrics; history stays."""

import os
import signal
import unittest

from harness import Case, http_get, pool_toml

OTHER = """
[pool.other]
provider = "here"
command = ["/bin/sleep", "300000{index}"]
environment = { TIDED_TEST = "@DIR@" }

[policy.other]
pool = "other"
min = 2
max = 3
"""
ERRORS = {  # what is wrong -> (what is written, part of the message)
    "syntax": ("[policy.web", "tided.toml:"),
    "unknown key": ("[policy.web2]\npool = \"web\"\nmaximum = 3\nmax = 2", "maximum"),
    "two policies on one pool": ("[policy.web2]\npool = \"web\"\nmax = 2", "web"),
    "unknown source": ("[[policy.web.metric]]\nname = \"b\"\nquery = \"up\"\nsource = \"nope\"\n"
                       "target = { value = 1 }", "nope"),
    "unsupported expression": ("[[policy.web.metric]]\nname = \"b\"\nquery = \"info(up)\"\n"
                               "source = \"page\"\ntarget = { value = 1 }", "info"),
}


class Reload(Case):
    def setUp(self):
        super().setUp()
        self.metrics_page = self.page(load=25)
        self.toml = pool_toml(self.metrics_page)
        self.tided = self.daemon(self.toml).start()
        self.eventually(lambda: self.tided.policy()["ready"] == 3, "3 at first")

    def reload(self, toml):
        self.tided.write(toml)
        return self.tided.cli("reload")

    def successful(self):
        return self.tided.metrics()["tided_config_last_reload_successful"]

    def test_an_error_anywhere_changes_nothing_and_says_where(self):
        workers = set(self.tided.children())
        for name, (text, message) in ERRORS.items():
            with self.subTest(name):
                code, _, err = self.reload(self.toml.replace("average_value = 10",
                                                             "average_value = 5") + "\n" + text)
                self.assertEqual(code, 3, err)
                self.assertIn(message, err)
                self.assertRegex(err, r"tided\.toml:\d+:\d+: error: ")
                self.assertEqual(self.successful(), 0)
                self.always(lambda: set(self.tided.children()) == workers, "nothing changed", 0.4)
                self.assertEqual(self.tided.policy()["desired"], 3, "the old target is in force")
        code, _, err = self.reload(self.toml)
        self.assertEqual((code, self.successful()), (0, 1), err)

    def test_what_fails_behind_the_check_changes_nothing_either(self):
        workers = set(self.tided.children())
        other = self.toml.replace("average_value = 10", "average_value = 5")
        self.assertNotEqual(other, self.toml)
        for name, toml, message in (
                ("log file", other.replace("[daemon]", '[daemon]\nlog_file = "@DIR@/no/such/log"'),
                 "no/such/log"),
                ("secret", other + '\n[notify.ops]\nurl = "http://127.0.0.1:9"\n'
                 'auth = { bearer = "env:TIDED_TEST_NOT_SET" }\n', "TIDED_TEST_NOT_SET")):
            with self.subTest(name):
                code, _, err = self.reload(toml)
                self.assertEqual(code, 1, err)
                self.assertIn(message, err)
                self.assertEqual(self.successful(), 0)
                self.always(lambda: set(self.tided.children()) == workers, "nothing changed", 0.4)
                self.assertEqual(self.tided.policy()["metrics"][0]["target"], 10)
        self.assertEqual(self.reload(self.toml), (0, "reloaded\n", ""))

    def test_a_changed_interval_leaves_the_workers_alone(self):
        workers = set(self.tided.children())
        code, _, err = self.reload(self.toml.replace('max = 8', 'max = 8\ninterval = "300ms"')
                                   .replace("[pool.web]", '[pool.web]\nstep_timeout = "9s"'))
        self.assertEqual(code, 0, err)
        self.always(lambda: set(self.tided.children()) == workers, "the same processes", 1.0)

    def test_workers_are_kept_up_in_a_dry_run_and_taken_up_again(self):
        workers = set(self.tided.children())
        dry = self.toml.replace('mode = "act"', 'mode = "dry-run"')
        self.assertEqual(self.reload(dry)[0], 0)
        os.kill(min(workers), signal.SIGKILL)
        self.eventually(lambda: len(set(self.tided.children()) - workers) == 1,
                        "one is started again")
        self.metrics_page.values["load"] = 45
        self.eventually(lambda: self.tided.policy()["desired"] == 5, "a wish for 5")
        self.always(lambda: len(self.tided.children()) == 3, "and no step", 0.6)
        self.assertEqual(self.reload(self.toml)[0], 0)
        self.eventually(lambda: len(self.tided.children()) == 5, "5 now that it may")

    def test_warnings_are_answered_and_logged(self):
        unused = '\n[provider.idle]\ntype = "process_pool"\n'
        self.assertEqual(self.reload(self.toml), (0, "reloaded\n", ""))
        code, out, err = self.reload(self.toml + unused)
        self.assertEqual((code, out), (0, "reloaded\n"))
        warning = r"tided\.toml:\d+:\d+: warning: no pool or source uses provider 'idle'\n"
        self.assertRegex(err, "^" + "/.*/" + warning + r" +\d+ \| \[provider\.idle\]\n")
        self.assertRegex(self.tided.log(), warning)

    def test_every_key_that_needs_a_restart_is_named(self):
        other = (self.toml.replace("@DIR@/state", "@DIR@/other")
                 .replace("[source.page]", 'hosts = ["tided.example"]\n[source.page]'))
        self.assertEqual(self.reload(other)[2],
                         f"tided: {self.tided.config}: only a restart changes state, hosts of "
                         "[daemon]; the whole file stays out of force until then\n")

    def test_a_signal_does_the_same(self):
        self.tided.write(self.toml + "\nbroken")
        self.tided.signal(signal.SIGHUP)
        self.eventually(lambda: self.successful() == 0, "the metric says it failed")
        self.assertIn("tided.toml:", self.tided.log())
        self.assertTrue(self.tided.running())
        self.tided.write(self.toml.replace("average_value = 10", "average_value = 5"))
        self.tided.signal(signal.SIGHUP)
        self.eventually(lambda: self.successful() == 1, "and that it worked")
        self.eventually(lambda: self.tided.policy()["ready"] == 5, "5 with the new target")

    def test_a_changed_target_takes_effect_and_history_stays(self):
        slow = self.toml.replace('stabilization = "0s"', 'stabilization = "1h"')
        self.assertEqual(self.reload(slow)[0], 0)
        self.eventually(lambda: self.tided.policy()["desired"] == 3, "3 under the slow policy")
        workers = set(self.tided.children())
        code, _, err = self.reload(slow.replace("average_value = 10", "average_value = 25"))
        self.assertEqual(code, 0, err)
        self.eventually(lambda: "3" in self.tided.policy()["last_reason"] and
                        any("last 1h" in r or "1h" in r for r in self.tided.policy()["reasons"]),
                        "the new target wants 1, the history of the last hour keeps 3")
        self.assertEqual(set(self.tided.children()), workers, "no worker was touched")
        self.reload(slow.replace("average_value = 10", "average_value = 5"))
        self.eventually(lambda: self.tided.policy()["ready"] == 5, "up with the third")

    def test_policies_come_and_go(self):
        self.assertEqual(self.reload(self.toml + OTHER)[0], 0)
        self.eventually(lambda: self.tided.policy("other")["current"] == 2, "the added one acts")
        self.assertEqual(self.reload(self.toml)[0], 0)
        self.eventually(lambda: http_get(self.tided.api, "/api/v1/policies/other")[0] == 404,
                        "the removed one is gone")
        self.assertNotIn('tided_policy_desired_replicas{policy="other"}', self.tided.metrics())
        self.eventually(lambda: all(argv[1].startswith("100000")
                                    for argv in self.tided.children().values()),
                        "and its workers, which nobody watches, with it")
        self.assertEqual(self.tided.policy()["ready"], 3, "the first was left alone")

    def test_workers_are_left_alone_by_what_is_not_their_command(self):
        workers = set(self.tided.children())
        for key in ('stop_grace = "3s"', 'restart_delay = "2s"\nstop_grace = "2s"'):
            self.assertEqual(self.reload(self.toml.replace('stop_grace = "2s"', key))[0], 0)
        self.always(lambda: set(self.tided.children()) == workers, "the same processes", 1.0)
        self.metrics_page.values["load"] = 45
        self.eventually(lambda: self.tided.policy()["ready"] == 5, "and on they go")

    def test_workers_follow_a_changed_environment_one_by_one(self):
        before = set(self.tided.children())
        other = self.toml.replace("environment = {", 'environment = { EDITION = "2",')
        self.assertEqual(self.reload(other)[0], 0)

        def replaced():
            now = set(self.tided.children())
            self.assertGreaterEqual(len(now), 2)
            return len(now) == 3 and not now & before
        self.eventually(replaced, "all three have it")

    def kept(self):
        """The same pool with workers that outlive the daemon."""
        kept = self.toml.replace("keep = false", "keep = true")
        self.assertEqual(self.reload(kept)[0], 0)
        self.eventually(lambda: self.tided.policy()["ready"] == 3, "3 that are kept")
        return kept

    def test_kept_workers_follow_a_changed_command_one_by_one(self):
        kept = self.kept()
        before = set(self.tided.children())
        changed = kept.replace("100000{index}", "200000{index}")
        self.assertEqual(self.reload(changed)[0], 0)

        def replaced():
            self.assertGreaterEqual(len(self.tided.children()), 2)
            return sorted(argv[1] for argv in self.tided.children().values()) == [
                "2000000", "2000001", "2000002"]
        self.eventually(replaced, "all three run the new command")
        self.assertEqual(set(self.tided.children()) & before, set())
        self.assertIn("web[0] runs what the pool's command was before: replacing it",
                      self.tided.log())
        after = set(self.tided.children())
        self.tided.stop()
        self.tided.start()
        self.eventually(lambda: self.tided.policy()["ready"] == 3, "adopted")
        self.assertEqual(set(self.tided.children()), after, "and left alone")

    def test_kept_workers_of_a_pool_that_is_gone_from_the_file_end(self):
        self.kept()
        kept_other = OTHER.replace('{index}"]', '{index}"]\nkeep = true')
        self.assertEqual(self.reload(self.toml + kept_other)[0], 0)
        self.eventually(lambda: self.tided.policy("other")["ready"] == 2, "two of the other")
        self.assertEqual(self.reload(self.toml)[0], 0)
        self.eventually(lambda: all(argv[1].startswith("100000")
                                    for argv in self.tided.children().values()), "they are gone")
        self.eventually(lambda: self.tided.policy()["ready"] == 3, "the first goes on")

    def test_bounds_by_reload_move_the_pool(self):
        self.assertEqual(self.reload(self.toml.replace("max = 8", "max = 2"))[0], 0)
        self.eventually(lambda: len(self.tided.children()) == 2, "down to the new maximum")
        self.assertEqual(self.reload(self.toml.replace("min = 1", "min = 6"))[0], 0)
        self.eventually(lambda: len(self.tided.children()) == 6, "up to the new minimum")


if __name__ == "__main__":
    unittest.main()
