#!/usr/bin/python3
"""Sizes of instances from what a page says they use: recommended, explained, exported, imported,
and known still after a restart and after kill -9."""

import json
import os
import re
import unittest

from harness import Case

TOML = """
[daemon]
listen = "127.0.0.1:@API@"
control_socket = "@DIR@/control.sock"
state = "@DIR@/state"

[source.apps]
type = "scrape"
interval = "200ms"
timeout = "200ms"
targets = ["127.0.0.1:{port}"]

[provider.here]
type = "process_pool"

[pool.web]
provider = "here"
command = ["/bin/sleep", "1000"]

[policy.web]
pool = "web"
max = 2
{vertical}
"""

VERTICAL = """
[policy.web.vertical]
source = "apps"
cpu_usage = "cpu_cores"
memory_usage = "working_set_bytes"
interval = "1s"
cpu = { max = "400m" }
"""

CHECKPOINT = {
    "apiVersion": "autoscaling.k8s.io/v1",
    "kind": "VerticalPodAutoscalerCheckpoint",
    "metadata": {"name": "shop-side", "namespace": "prod"},
    "spec": {"vpaObjectName": "shop", "containerName": "side"},
    "status": {
        "cpuHistogram": {"bucketWeights": {"0": 10000}, "totalWeight": 3.5,
                         "referenceTimestamp": "2026-01-01T00:00:00Z"},
        "memoryHistogram": {"bucketWeights": {"40": 10000}, "totalWeight": 2.0,
                            "referenceTimestamp": "2026-01-01T00:00:00Z"},
        "firstSampleStart": "2025-12-30T00:00:00Z", "lastSampleStart": "2026-01-01T00:00:00Z",
        "lastUpdateTime": "2026-01-01T00:00:01Z", "totalSamplesCount": 2880, "version": "v3"}}


class Vertical(Case):
    def setUp(self):
        super().setUp()
        self.source = self.page()
        self.source.values = {
            'cpu_cores{pod="a",container="app"}': 0.5, 'cpu_cores{pod="b",container="app"}': 0.5,
            'working_set_bytes{pod="a",container="app"}': 300 << 20,
            'working_set_bytes{pod="b",container="app"}': 310 << 20}

    def toml(self, vertical=VERTICAL):
        return TOML.format(port=self.source.port, vertical=vertical)

    @staticmethod
    def sizes(daemon):
        return {size["container"]: size for size in daemon.policy()["vertical"]}

    def samples(self, daemon):
        return self.sizes(daemon).get("app", {"samples": 0})["samples"]

    def assert_sized(self, size):
        self.assertEqual(size["cpu_cores"]["target"], 0.4)
        self.assertAlmostEqual(size["cpu_cores"]["uncapped"], 0.5 * 1.15, delta=0.03)
        self.assertAlmostEqual(size["memory_bytes"]["target"], 310 * 1.15 * (1 << 20),
                               delta=20 << 20)

    def test_usage_is_sized_explained_and_known_after_restarts(self):
        daemon = self.daemon(self.toml()).start()
        self.eventually(lambda: self.samples(daemon) >= 4, "two looks at two pods")
        self.assert_sized(self.sizes(daemon)["app"])
        metrics = daemon.metrics()
        self.assertEqual(
            metrics['tided_vertical_cpu_cores{policy="web",container="app",bound="target"}'], 0.4)
        self.assertGreaterEqual(metrics['tided_vertical_samples{policy="web",container="app"}'], 4)
        code, out, err = daemon.cli("explain", "web")
        self.assertEqual(code, 0, err)
        self.assertIn("  container app: cpu 400m (", out)
        self.assertIn("; held at max 400m\n", out)

        known = self.samples(daemon)
        daemon.stop()
        self.source.up = False  # what is known now is what was known
        daemon.start()
        self.assertGreaterEqual(self.samples(daemon), known)
        self.assert_sized(self.sizes(daemon)["app"])
        daemon.kill()
        daemon.start()
        self.assertGreaterEqual(self.samples(daemon), known)

    def test_count_and_size_are_chosen_together_and_explained(self):
        joint = """
[policy.web.vertical.joint]
cpu = { given = "1", min = "250m", max = "2" }
memory = { given = "%s", min = "128Mi", max = "4Gi" }
"""
        daemon = self.daemon(self.toml(VERTICAL + joint % "1Gi")).start()
        self.eventually(lambda: re.fullmatch(
            "2 x 1 CPU / 1Gi: no sizes are compared yet: .* of demand was seen, and 1d are "
            "waited for", daemon.policy()["joint"]["text"]), "a look at two pods")
        daemon.write(self.toml(VERTICAL + joint % "128Mi"))
        self.assertEqual(daemon.cli("reload")[0], 0)
        self.eventually(lambda: "best" in daemon.policy().get("joint", {}), "memory at risk")
        best = daemon.policy()["joint"]["best"]
        self.assertEqual(best["memory_bytes"], 384 << 20)
        self.assertGreaterEqual(best["replicas"] * best["cpu_cores"] * 0.7, 1.0)
        out = daemon.cli("explain", "web")[1]
        self.assertIn("because the memory of 1 CPU / 128Mi is too little: ", out)
        self.assertIn("; runner-up ", out)
        metrics = daemon.metrics()
        self.assertGreater(metrics['tided_joint_price_per_hour{policy="web",shape="best"}'], 0)

    def test_kill_loses_a_minute_at_most(self):
        daemon = self.daemon(self.toml()).start()
        self.eventually(lambda: self.samples(daemon) >= 4, "more than the first write has")
        daemon.kill()
        self.source.up = False
        daemon.start()
        self.assertGreaterEqual(self.samples(daemon), 2)

    def test_a_reload_keeps_what_is_known(self):
        daemon = self.daemon(self.toml()).start()
        self.eventually(lambda: self.samples(daemon) >= 2, "a look")
        self.source.up = False
        known = self.samples(daemon)
        for vertical, expected in ((VERTICAL + 'margin = "50%"', True), ("", False),
                                   (VERTICAL, True)):
            daemon.write(self.toml(vertical))
            code, _, err = daemon.cli("reload")
            self.assertEqual(code, 0, err)
            self.assertEqual("vertical" in daemon.policy(), expected)
            if expected:
                self.assertGreaterEqual(self.samples(daemon), known)

    def test_each_instance_of_a_template_is_sized_for_itself(self):
        self.source.values = {'cpu_cores{tenant="acme",pod="a"}': 0.2,
                              'cpu_cores{tenant="bolt",pod="b"}': 1.5}
        toml = self.toml("""
[pool.tenants]
provider = "here"
command = ["/bin/sleep", "1000"]
environment = { TENANT = "{tenant}" }
keep = true

[policy.tenants]
pool = "tenants"
max = 2
for_each = { label = "tenant", query = "count by (tenant) (cpu_cores)", source = "apps", max = 9 }

[policy.tenants.vertical]
source = "apps"
cpu_usage = 'cpu_cores{tenant="{tenant}"}'
interval = "1s"
""")
        daemon = self.daemon(toml).start()

        def target(tenant):
            policy = daemon.policy(f"tenants%5Btenant%3D{tenant}%5D")
            return policy["vertical"][0]["cpu_cores"]["target"] if policy.get("vertical") else None
        self.eventually(lambda: "came" in daemon.log() or "comes" in daemon.log(), "instances")
        for tenant, cores in (("acme", 0.2), ("bolt", 1.5)):
            self.eventually(lambda: target(tenant), "a size of " + tenant)
            self.assertAlmostEqual(target(tenant), cores * 1.15, delta=cores * 0.1)
        daemon.stop()
        self.source.up = False
        daemon.start()
        self.assertAlmostEqual(target("bolt"), 1.5 * 1.15, delta=0.15)

    def test_checkpoints_go_out_and_come_in(self):
        daemon = self.daemon(self.toml()).start()
        self.eventually(lambda: self.samples(daemon) >= 2, "a look")
        path = os.path.join(self.directory, "checkpoints.json")

        def give(document):
            with open(path, "w", encoding="utf-8") as file:
                json.dump(document, file)

        give({"kind": "List", "items": [CHECKPOINT]})
        code, out, err = daemon.cli("checkpoint", "import", "web", path)
        self.assertEqual((code, out), (0, "web knows the usage of 1 more container(s)\n"), err)
        self.assertEqual(self.sizes(daemon)["side"]["samples"], 2880)
        code, out, err = daemon.cli("checkpoint", "export", "web")
        self.assertEqual(code, 0, err)
        items = {item["spec"]["containerName"]: item for item in json.loads(out)["items"]}
        self.assertEqual(sorted(items), ["app", "side"])
        self.assertEqual(items["side"]["status"]["cpuHistogram"],
                         CHECKPOINT["status"]["cpuHistogram"])
        self.assertEqual(items["side"]["status"]["totalSamplesCount"], 2880)
        daemon.kill()  # an order is durable before it is answered
        daemon.start()
        self.assertEqual(self.sizes(daemon)["side"]["samples"], 2880)

        other = json.loads(json.dumps(CHECKPOINT))
        other["spec"]["vpaObjectName"] = "bar"
        give({"kind": "List", "items": [CHECKPOINT, other]})
        self.assertEqual(daemon.cli("checkpoint", "import", "web", path)[2],
                         f"tided: {path}: it holds checkpoints of 2 VerticalPodAutoscalers: "
                         "--vpa says which, as in --vpa prod/bar\n")
        code, _, err = daemon.cli("checkpoint", "import", "web", path, "--vpa", "shop")
        self.assertEqual(code, 0, err)
        other["status"]["version"] = "v2"
        give(other)
        code, _, err = daemon.cli("checkpoint", "import", "web", path)
        self.assertEqual((code, err), (
            3, f'tided: {path}: status.version: version "v2" is not "v3", the one that can be '
               "read\n"))
        code, _, err = daemon.cli("checkpoint", "export", "wep")
        self.assertEqual((code, err), (1, 'tided: there is no policy "wep", did you mean "web"?\n'))


if __name__ == "__main__":
    unittest.main()
