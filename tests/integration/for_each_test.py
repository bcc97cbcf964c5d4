#!/usr/bin/python3
"""for_each: one policy file for 300 tenants, which come and go with what a Prometheus lists.

The tenants are Deployments of the API fake. What the daemon must hold: an instance goes only after
fresh answers without it for the grace period, going scales nothing, a restart has all instances at
once though nobody answers.
"""

import re
import sys
import time
import unittest
import urllib.parse

from harness import FAKES, http_get
from kubernetes_test import FakeCase

sys.path.insert(0, FAKES)
from prometheus import FakePrometheus  # noqa: E402

TENANTS = [f"t{i:03}" for i in range(300)]


def tenants_toml(port, *, maximum=2000, most=9, overrides="", label="tenant"):
    return f"""
[daemon]
listen = "127.0.0.1:@API@"
control_socket = "@DIR@/control.sock"
state = "@DIR@/state"
interval = "500ms"
mode = "act"

[source.prom]
type = "prometheus"
url = "http://127.0.0.1:{port}"
interval = "500ms"
timeout = "400ms"

[provider.cluster]
type = "kubernetes"
kubeconfig = "file:@DIR@/kubeconfig"

[pool.tenants]
provider = "cluster"
workload = "deployment/{{{label}}}/web"
observe_interval = "20s"

[policy.tenants]
pool = "tenants"
for_each = {{ label = "{label}", query = 'count by (tenant) (up{{job="web"}})', source = "prom",\
 max = {maximum}, grace = "3s" }}
max = {most}
{overrides}

[[policy.tenants.metric]]
name = "rps"
query = 'sum(rate(requests_total{{job="web", tenant="{{{label}}}"}}[1m]))'
source = "prom"
target = {{ average_value = 10 }}

[policy.tenants.behavior.scale_up]
policies = [{{ type = "pods", value = 100, period = "1s" }}]
"""


def named(tenant):
    return f"tenants[tenant={tenant}]"


class ForEach(FakeCase):
    def setUp(self):
        super().setUp()
        self.start_fake("--token", "t0")
        self.write_kubeconfig(f'server: "http://127.0.0.1:{self.port}"', 'token: "t0"')
        self.loads = {}
        self.prom = FakePrometheus(number=lambda tenant: float(self.loads.get(tenant, 5)))
        self.addCleanup(self.prom.close)

    def make(self, tenants):
        for tenant in tenants:
            self.steer("objects", {"group": "apps", "version": "v1", "plural": "deployments",
                                   "namespace": tenant, "object": {
                                       "metadata": {"name": "web"},
                                       "spec": {"replicas": 1, "selector": {
                                           "matchLabels": {"app": "web"}}}}})
        self.prom.listed = list(tenants)

    def start(self, **options):
        return self.daemon(tenants_toml(self.prom.port, **options)).start()

    def names(self, daemon):
        return [policy["name"] for policy in daemon.get("/api/v1/policies")["policies"]]

    def have(self, daemon, tenants, what):
        wanted = sorted(map(named, tenants))
        self.eventually(lambda: self.names(daemon) == wanted, what)

    def policy(self, daemon, tenant):
        return daemon.policy(urllib.parse.quote(named(tenant), safe=""))

    def writes(self):
        return [entry["path"] for entry in self.log() if entry["method"] in ("PUT", "PATCH")]

    def test_300_tenants_from_one_file(self):
        self.make(TENANTS)
        daemon = self.start(overrides="overrides = { t008 = { max = 3 }, nobody = { max = 4 } }")
        self.have(daemon, TENANTS, "300 instances of one file")
        self.eventually(lambda: all(policy["current"] == 1 and
                                    policy["metrics"][0]["freshness"] == "fresh"
                                    for policy in daemon.get("/api/v1/policies")["policies"]),
                        "each observed and measured", 120)
        self.loads.update(t007=55, t008=55)
        self.eventually(lambda: self.policy(daemon, "t007")["current"] == 6, "t007 alone grows")
        self.eventually(lambda: self.policy(daemon, "t008")["current"] == 3, "t008 to its own max")
        self.assertTrue(all("/namespaces/t007/" in path or "/namespaces/t008/" in path
                            for path in self.writes()))
        # Two common queries and the list, each with the age of its samples.
        begin, before = time.monotonic(), len(self.prom.asked)
        time.sleep(5)
        per_tick = (len(self.prom.asked) - before) / ((time.monotonic() - begin) / 0.5)
        print(f"{per_tick:.1f} requests per interval for {len(TENANTS)} tenants")
        self.assertLess(per_tick, 8)
        gauges = daemon.metrics()
        self.assertEqual(gauges['tided_template_instances{policy="tenants"}'], 300)
        self.assertEqual(gauges['tided_policy_max_replicas{policy="tenants[tenant=t008]"}'], 3)
        status, out, _ = daemon.cli("status")
        self.assertEqual(status, 0)
        self.assertIn("template tenants: 300 of at most 2000, by tenant from source prom", out)
        self.assertIn("300 instances together", out)
        self.assertLess(len(out.splitlines()), 20)
        self.assertGreater(len(daemon.cli("status", "--all")[1].splitlines()), 300)

    def test_they_go_after_the_grace_period_and_come_back_with_their_history(self):
        self.make(["a", "b", "c"])
        daemon = self.start()
        self.have(daemon, "abc", "three instances")
        self.loads["b"] = 35
        self.eventually(lambda: self.policy(daemon, "b")["current"] == 4, "b grows")
        self.assertEqual(daemon.cli("pause", named("b"), "--reason", "migration")[0], 0)
        written = self.writes()
        begin = time.monotonic()
        self.prom.listed = ["a", "c"]
        self.have(daemon, "ac", "b goes")
        self.assertGreater(time.monotonic() - begin, 2.5, "not before the grace period is over")
        self.assertEqual(http_get(daemon.api, "/api/v1/policies/tenants%5Btenant=b%5D")[0], 404)
        self.assertNotIn(named("b"), http_get(daemon.api, "/metrics")[1])
        events = daemon.decisions(policy=urllib.parse.quote(named("b")), limit=100)
        self.assertIn("tenants[tenant=b]: goes, for source prom has not listed tenant \"b\" for 3s;"
                      " its pool stays as it is", [event["text"] for event in events])
        self.prom.listed = ["a", "b", "c"]
        self.have(daemon, "abc", "b comes back")
        self.assertIn("migration", self.policy(daemon, "b")["pause"], "paused as it was")
        self.eventually(lambda: self.policy(daemon, "b")["current"] == 4, "and as large")
        self.assertEqual(self.writes(), written, "neither going nor coming scaled anything")

    def test_bad_answers_take_nothing_away(self):
        self.make(["a", "b", "c"])
        daemon = self.start()
        self.have(daemon, "abc", "three instances")

        def stays(what):
            self.always(lambda: len(self.names(daemon)) == 3, what, 5)

        self.prom.listed = []
        stays("an empty answer")
        self.prom.listed, self.prom.status = ["a"], 503
        stays("no answer")
        self.prom.status, self.prom.age = None, 3600
        stays("an answer from old samples")
        self.prom.age, self.prom.warnings = 0, ["a store is missing"]
        stays("an answer that the server warns of")
        self.assertEqual(daemon.metrics()[
            'tided_template_instances{policy="tenants"}'], 3)
        self.prom.warnings = []
        self.have(daemon, "a", "a good answer")

    def test_a_restart_has_them_at_once_though_nobody_answers(self):
        self.make(TENANTS)
        daemon = self.start()
        self.have(daemon, TENANTS, "300 instances")
        self.loads["t100"] = 25
        self.eventually(lambda: self.policy(daemon, "t100")["current"] == 3, "t100 grows")
        self.assertEqual(daemon.cli("pause", named("t101"))[0], 0)
        self.eventually(lambda: daemon.metrics()["tided_state_backlog_transactions"] == 0,
                        "all is written")
        time.sleep(1)
        for end in (daemon.stop, daemon.kill):
            end()
            written = self.writes()
            self.prom.status = 503
            daemon.start()
            ready = time.monotonic() - daemon.started
            self.assertEqual(self.names(daemon), sorted(map(named, TENANTS)), "at once")
            print(f"up with 300 instances after {ready * 1000:.0f} ms")
            self.assertLess(ready, 10)
            self.assertTrue(self.policy(daemon, "t101")["pause"])
            self.eventually(lambda: self.policy(daemon, "t100")["current"] == 3, "observed")
            self.always(lambda: len(self.names(daemon)) == 300, "held", 4)
            self.assertEqual(self.writes(), written, "without answers nothing is scaled")
            self.prom.status = None
            self.eventually(lambda: self.policy(daemon, "t100")["metrics"][0]["freshness"] ==
                            "fresh", "and goes on")

    def test_beyond_max_those_that_exist_stay(self):
        self.make(["m", "z", "b1"])
        self.prom.listed = ["m", "z"]
        daemon = self.start(maximum=3)
        self.have(daemon, "mz", "two")
        self.prom.listed = ["b2", "b3", "b1", "m", "z"]
        self.have(daemon, ["b1", "m", "z"], "the first in byte order comes")
        self.eventually(lambda: daemon.metrics()[
            'tided_template_values_refused{policy="tenants",reason="max"}'] == 2, "two refused")
        self.assertEqual(daemon.log().count("no instance for 2 values of tenant, for max is 3"), 1)

    def test_a_reload_makes_them_anew_with_their_history(self):
        self.make(["a", "b", "c"])
        daemon = self.start()
        self.have(daemon, "abc", "three instances")
        self.assertEqual(daemon.cli("pause", named("b"))[0], 0)
        self.eventually(lambda: self.policy(daemon, "a")["holds"] > 0, "some history")
        daemon.write(tenants_toml(self.prom.port, most=7))
        self.assertEqual(daemon.cli("reload")[0], 0)
        self.assertEqual([self.policy(daemon, t)["max"] for t in "abc"], [7, 7, 7])
        self.assertGreater(self.policy(daemon, "a")["holds"], 0)
        self.assertTrue(self.policy(daemon, "b")["pause"])
        written = self.writes()
        with open(daemon.config, encoding="utf-8") as file:
            without = re.sub(r"\[pool.tenants\].*", "", file.read(), flags=re.S)
        daemon.write(without)
        self.assertEqual(daemon.cli("reload")[0], 0)
        self.assertEqual(self.names(daemon), [])
        self.assertNotIn("tided_template", http_get(daemon.api, "/metrics")[1].replace(
            "# HELP tided_template", "").replace("# TYPE tided_template", ""))
        daemon.write(tenants_toml(self.prom.port))
        self.assertEqual(daemon.cli("reload")[0], 0)
        self.have(daemon, "abc", "and back")
        self.assertTrue(self.policy(daemon, "b")["pause"])
        self.assertEqual(self.writes(), written)

    def test_an_object_has_one_owner(self):
        self.make(["a", "b"])
        toml = tenants_toml(self.prom.port) + """
[pool.a]
provider = "cluster"
workload = "apps/v1/deployments/a/web"
[policy.a]
pool = "a"
max = 1
"""
        daemon = self.daemon(toml).start()
        self.eventually(lambda: self.names(daemon) == ["a", named("b")], "b alone")
        self.eventually(lambda: "no instance for tenant \"a\": another pool scales "
                        "cluster/deployment/a/web already" in daemon.log(), "one warning")

    def test_churn_leaves_nothing_behind(self):
        self.make([f"n{i}" for i in range(40)])
        daemon = self.start()
        self.have(daemon, self.prom.listed, "the first ones")
        toml = tenants_toml(self.prom.port).replace('[source', 'journal_retention = "1h"\n[source',
                                                    1)
        daemon.write(toml)
        for _ in range(3):
            self.prom.listed = [t + "x" for t in self.prom.listed]
            self.have(daemon, self.prom.listed, "others")
        page = http_get(daemon.api, "/metrics")[1]
        self.assertEqual(len(re.findall(r"^tided_policy_paused\{", page, re.M)), 40)
        self.assertNotIn("tenant=n1]", page)


if __name__ == "__main__":
    unittest.main()
