#!/usr/bin/python3
"""Orders and guards on the real daemon: the brake holds over kill -9, a large step waits for its
approval, the fleet's limits bite by priority, a policy that turns round too often is damped, and
each decision comes out the same when it is made again."""

import unittest

from harness import Case, pool_toml

GUARDS = "guards = { flapping = { turns = 0 } }  # the tests turn it round as fast as they can\n"


def guarded(page, guards, extra=""):
    return pool_toml(page, extra=extra).replace(GUARDS, guards + "\n")


def replicas(daemon):
    return daemon.policy()["current"]


class Guards(Case):
    def said(self, daemon, words):
        self.eventually(lambda: words in daemon.policy()["last_reason"], words)

    def test_the_brake_holds_until_it_is_released_over_a_crash(self):
        page = self.page(load=5)
        daemon = self.daemon(pool_toml(page)).start()
        self.eventually(lambda: replicas(daemon) == 1, "one")
        code, out, err = daemon.cli("brake", "--reason", "INC-7")
        self.assertEqual((code, out), (0, "nothing is scaled until: tided release\n"), err)
        page.values["load"] = 35
        self.said(daemon, "the emergency brake was pulled by uid=0")
        daemon.kill()
        daemon.start()
        self.said(daemon, "INC-7")
        self.assertEqual(replicas(daemon), 1)
        code, out, _ = daemon.cli("status")
        self.assertIn("frozen: the emergency brake was pulled by uid=0", out)
        code, out, err = daemon.cli("brake", "--reason", "me too")
        self.assertEqual(code, 1)
        self.assertRegex(err, "^tided: the emergency brake was pulled by uid=0.* at 20.*Z: INC-7\n$")
        code, out, err = daemon.cli("approve", "web", "--to", "2")
        self.assertEqual((code, err), (1, "tided: no step of policy 'web' needs approval: it has no "
                                          "guards.approval\n"))
        code, out, err = daemon.cli("release")
        self.assertEqual((code, out), (0, "the brake is off\n"), err)
        self.eventually(lambda: replicas(daemon) == 4, "four")
        code, _, err = daemon.cli("release")
        self.assertEqual(code, 1)
        self.assertIn("the brake is not pulled", err)

    def test_a_large_step_waits_for_a_yes_which_one_step_uses_up(self):
        page = self.page(load=5)
        toml = guarded(page, "guards = { approval = { above = 2 }, flapping = { turns = 0 } }")
        daemon = self.daemon(toml).start()
        self.eventually(lambda: replicas(daemon) == 1, "one")
        page.values["load"] = 55
        self.said(daemon, "a step of 5 needs approval: tided approve web --to 6")
        self.assertEqual(replicas(daemon), 1)
        code, out, err = daemon.cli("approve", "web", "--to", "5")
        self.assertEqual(code, 0, err)
        self.assertRegex(daemon.cli("explain", "web")[1],
                         "\nsteps up to 5 are approved by uid=0.* until 20.*Z\n")
        code, out, err = daemon.cli("approve", "web", "--withdraw")
        self.assertEqual((code, out), (0, "the approval of web is withdrawn\n"), err)
        self.assertIsNone(daemon.policy()["approval"])
        code, out, err = daemon.cli("approve", "web", "--withdraw")
        self.assertEqual((code, err), (1, "tided: no step of policy 'web' is approved\n"))
        code, out, err = daemon.cli("approve", "web", "--to", "9")
        self.assertEqual((code, err), (3, "tided: policy 'web' never steps to 9: it stays within 1 "
                                          "to 8\n"))
        code, out, err = daemon.cli("approve", "web", "--to", "8", "--reason", "match day")
        self.assertEqual(code, 0, err)
        self.assertRegex(out, "^web may step to 8 until 20.*Z\n$")
        self.eventually(lambda: replicas(daemon) == 6, "six")
        page.values["load"] = 5
        self.said(daemon, "a step of 5 needs approval: tided approve web --to 1")
        self.assertEqual(replicas(daemon), 6)

    def test_limits_on_all_policies_let_the_important_ones_through(self):
        page = self.page(load=5)
        toml = guarded(page, "priority = 1") + """
[pool.other]
provider = "here"
command = ["/bin/sleep", "200000{index}"]
environment = { TIDED_TEST = "@DIR@" }

[policy.other]
pool = "other"
min = 1
max = 8

[[policy.other.metric]]
name = "load"
query = "sum(load)"
source = "page"
target = { average_value = 10 }

[daemon.limits]
steps_per_minute = 3
"""
        daemon = self.daemon(toml).start()
        self.eventually(lambda: (replicas(daemon), daemon.policy("other")["current"]) == (1, 1),
                        "one each, in two steps")
        page.values["load"] = 35
        self.eventually(lambda: replicas(daemon) == 4, "the important one goes")
        self.eventually(lambda: "all policies together made 3 steps in the last minute, "
                                "steps_per_minute is 3" in daemon.policy("other")["last_reason"],
                        "the other waits")
        self.assertEqual(daemon.policy("other")["current"], 1)

    def test_who_turns_round_too_often_is_damped_and_says_so(self):
        page = self.page(load=5)
        daemon = self.daemon(guarded(page, "guards = { flapping = { turns = 2 } }")).start()
        for load, count in ((5, 1), (25, 3), (5, 1), (25, 3)):
            page.values["load"] = load
            self.eventually(lambda c=count: replicas(daemon) == c, f"{count} replicas")
        page.values["load"] = 5
        self.said(daemon, "it turned round 2 times within 30m, so scale_down waits 2m instead of 0s")
        self.assertEqual(replicas(daemon), 3)

    def test_each_decision_comes_out_the_same_again(self):
        page = self.page(load=5)
        daemon = self.daemon(pool_toml(page)).start()
        for load, count in ((5, 1), (25, 3), (75, 8), (15, 2)):
            page.values["load"] = load
            self.eventually(lambda c=count: replicas(daemon) == c, f"{count} replicas")
        decisions = [e for e in daemon.decisions(policy="web", limit=200)
                     if e["kind"] == "decision"]
        self.assertGreaterEqual(len(decisions), 4)
        for event in decisions:
            code, out, err = daemon.cli("explain", "web", "--at", str(event["at"]))
            self.assertEqual(code, 0, err)
            self.assertEqual(out.splitlines()[-1], "made again from its record: the same")
        daemon.write(pool_toml(page, maximum=6))
        self.assertEqual(daemon.cli("reload")[0], 0)
        grown = next(e for e in decisions if (e["from"], e["to"]) == (3, 8))
        code, out, err = daemon.cli("explain", "web", "--at", str(grown["at"]))
        self.assertIn("made again from its record, with the policy as it is now: web: 3 -> 6", out)


if __name__ == "__main__":
    unittest.main(verbosity=1)
