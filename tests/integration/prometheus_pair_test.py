#!/usr/bin/python3
"""Several Prometheus servers behind one source, and a source that stands in for another.

The servers are fakes, since a pair whose halves differ by a factor is what shows a mixture. The
first one refuses, or answers 503: the second takes over within a tick, `tided status` and the
metrics say so, and the reading stays with it though the first is back. Without the pair the metric
is read from its fallback source, which the explanation names; it may scale down as any fresh
reading may, and nothing is scaled while neither has one.
"""

import sys
import unittest

from harness import FAKES, Case

sys.path.insert(0, FAKES)
from prometheus import FakePrometheus  # noqa: E402

POLICY = """
[daemon]
listen = "127.0.0.1:@API@"
control_socket = "@DIR@/control.sock"
state = "@DIR@/state"
interval = "200ms"
mode = "act"

[source.pair]
type = "prometheus"
urls = ["http://127.0.0.1:@FIRST@", "http://127.0.0.1:@SECOND@"]
tenant = "acme"

[source.spare]
type = "prometheus"
url = "http://127.0.0.1:@SPARE@"

[provider.here]
type = "process_pool"

[pool.web]
provider = "here"
command = ["/bin/sleep", "300000{index}"]
environment = { TIDED_TEST = "@DIR@" }
stop_grace = "1s"

[policy.web]
pool = "web"
min = 1
max = 9

[[policy.web.metric]]
name = "load"
query = 'sum(load{job=~"@LONG@"})'
source = "pair"
fallback_source = "spare"
target = { average_value = 10 }
max_age = "2s"

[policy.web.behavior.scale_up]
policies = [{ type = "pods", value = 100, period = "1s" }]

[policy.web.behavior.scale_down]
stabilization = "0s"
policies = [{ type = "percent", value = 100, period = "1s" }]
"""


class Pair(Case):
    def server(self, number, port=0):
        server = FakePrometheus(lambda _: number, port=port)
        self.addCleanup(server.close)
        return server

    def run_with(self, first, second, spare):
        toml = POLICY.replace("@FIRST@", str(first.port)).replace("@SECOND@", str(second.port))
        toml = toml.replace("@SPARE@", str(spare.port)).replace("@LONG@", "z" * 3000)
        self.tided = self.daemon(toml).start()

    def value(self):
        return self.tided.policy()["metrics"][0]["value"]

    def replicas(self, count):
        self.eventually(lambda: self.tided.policy()["current"] == count, f"{count} replicas")

    def status(self):
        return self.tided.cli("status")[1]

    def test_one_of_a_pair_answers(self):
        first, second, spare = self.server(20.0), self.server(40.0), self.server(60.0)
        first.refuse_post = True  # and long queries go as GET
        self.run_with(first, second, spare)
        self.replicas(2)
        self.assertEqual({request[2].get("x-scope-orgid") for request in first.asked}, {"acme"})
        self.assertEqual({request[2].get("x-scope-orgid") for request in spare.asked}, {None})
        self.assertFalse(second.asked)
        sources = self.tided.get("/api/v1/status")["sources"]
        lane = next(one for one in sources if one["name"] == "pair")["slowest_lanes"][0]
        self.assertTrue(lane["query"].startswith("sum(load{job="), lane)
        self.assertGreater(lane["bytes"], 0)
        self.assertEqual((lane["questions"], lane["requests"], lane["samples"]), (1, 2, 2))
        self.assertIn(f"from http://127.0.0.1:{first.port}", self.status())
        port = first.port
        first.close()
        self.eventually(lambda: self.value() == 40.0, "the second one answers", 3)
        self.replicas(4)
        self.assertIn(f"from http://127.0.0.1:{second.port}", self.status())
        self.eventually(lambda: self.tided.metrics()['tided_source_server{source="pair"}'] == 1,
                        "the metrics say so")
        again = self.server(20.0, port)
        self.always(lambda: self.value() == 40.0, "it stays with the second", 3)
        self.eventually(lambda: again.asked, "the first is looked at")
        self.assertEqual(self.value(), 40.0)
        second.status = 503
        self.eventually(lambda: self.value() == 20.0, "the first takes over from a broken one", 3)
        self.replicas(2)

    def test_a_source_stands_in(self):
        first, second, spare = self.server(40.0), self.server(40.0), self.server(30.0)
        self.run_with(first, second, spare)
        self.replicas(4)
        first.close()
        second.close()
        self.replicas(3)
        policy = self.tided.policy()
        self.assertEqual(policy["metrics"][0]["source"], "spare")
        self.assertIn("fallback source", self.tided.cli("explain", "web")[1])
        spare.number = lambda _: 10.0
        spare.status = 503
        self.eventually(lambda: self.tided.policy()["metrics"][0]["freshness"] != "fresh",
                        "no fresh reading anywhere")
        self.always(lambda: self.tided.policy()["current"] == 3, "nothing is scaled", 1)
        spare.status = None
        self.replicas(1)


if __name__ == "__main__":
    unittest.main()
