#!/usr/bin/python3
"""Debian's Prometheus, or VictoriaMetrics in its place, and node exporter beside a page of our own:
what each failure does. One server for all of it, since its first sample takes five seconds.

The server stopped: the policy on it holds, the other goes on, readiness and metrics say so, and it
is back within an interval or so when it returns. The exporter killed behind a living
server: the reading turns stale at max_age, though the server still answers with a number.
"""

import os
import shutil
import signal
import subprocess
import unittest

from harness import Case, free_ports, http_get, number_in, pool_toml

SECOND_POLICY = """
[source.prom]
type = "prometheus"
url = "http://127.0.0.1:@PROM@"

[pool.node]
provider = "here"
command = ["/bin/sleep", "200000{index}"]
environment = { TIDED_TEST = "@DIR@" }

[policy.node]
pool = "node"
min = 1
max = 4

[[policy.node.metric]]
name = "exporters"
query = 'sum(node_exporter_build_info) * 20'
source = "prom"
target = { average_value = 10 }
max_age = "4s"

[policy.node.behavior.scale_down]
stabilization = "0s"
"""


class Prometheus(Case):
    def start_exporter(self):
        return self.program(["prometheus-node-exporter", "--collector.disable-defaults",
                             "--collector.loadavg",
                             f"--web.listen-address=127.0.0.1:{self.exporter_port}"],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start_prometheus(self):
        config = os.path.join(self.directory, "prometheus.yml")
        with open(config, "w", encoding="utf-8") as file:
            file.write("global: {scrape_interval: 1s, scrape_timeout: 900ms}\n"
                       "scrape_configs:\n- job_name: node\n  static_configs:\n"
                       f"  - targets: ['127.0.0.1:{self.exporter_port}']\n")
        return self.program(self.server_argv(config),
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def server_argv(self, config):
        return ["prometheus", f"--config.file={config}",
                f"--storage.tsdb.path={self.directory}/data", "--log.level=error",
                f"--web.listen-address=127.0.0.1:{self.port}"]

    def has_sample(self):
        return "node_exporter_build_info" in http_get(
            self.port, "/api/v1/query?nocache=1&query=node_exporter_build_info")[1]

    def metric(self, name):
        return self.tided.metrics().get(name)

    def test_failures_of_server_and_exporter(self):
        self.port = free_ports(2)
        self.exporter_port = self.port + 1
        exporter, server = self.start_exporter(), self.start_prometheus()
        page = self.page(load=15)
        toml = pool_toml(page, extra=SECOND_POLICY.replace("@PROM@", str(self.port)))
        self.eventually(self.has_sample, "a first sample")
        self.tided = self.daemon(toml).start()
        self.eventually(lambda: self.tided.policy("node")["current"] == 2, "2 for 20 at 10 each")
        self.eventually(lambda: self.tided.policy("web")["current"] == 2, "2 for 15 at 10 each")
        self.tided.wait_ready("/-/ready")
        self.server_stops(server, page)
        server = self.server_returns()
        self.exporter_dies(exporter)
        exporter = self.start_exporter()
        self.eventually(lambda: self.metric(
            'tided_policy_metric_age_seconds{policy="node",metric="exporters"}') < 4,
            "fresh again with the exporter")

    def server_stops(self, server, page):
        server.send_signal(signal.SIGTERM)
        server.wait(20)
        self.eventually(lambda: http_get(self.tided.api, "/-/ready")[0] == 503, "not ready")
        self.assertIn("prom", http_get(self.tided.api, "/-/ready")[1])
        self.eventually(lambda: "exporters" in self.tided.policy("node")["last_reason"],
                        "the held policy names its metric")
        self.assertGreater(
            self.metric('tided_scrapes_total{outcome="failed",source="prom"}'), 0)
        self.eventually(lambda: self.metric('tided_source_lanes_failing{source="prom"}') == 1,
                        "the metrics name the source", 5)
        page.values["load"] = 35
        self.eventually(lambda: self.tided.policy("web")["current"] == 4, "the other one goes on")
        self.assertEqual(self.tided.policy("node")["current"], 2, "it holds")

    def server_returns(self):
        server = self.start_prometheus()
        self.eventually(lambda: http_get(self.port, "/-/ready")[0] == 200, "the server is up")
        self.eventually(self.has_sample, "and has a sample")
        self.eventually(lambda: http_get(self.tided.api, "/-/ready")[0] == 200, "ready again", 3)
        return server

    def exporter_dies(self, exporter):
        exporter.kill()
        exporter.wait()
        # by its age, or because the server had the time to end the series
        self.eventually(lambda: self.tided.policy("node")["metrics"][0]["freshness"] != "fresh",
                        "the reading is no longer fresh", 15)
        body = http_get(self.port, "/api/v1/query?nocache=1&query=sum(node_exporter_build_info)")[1]
        still_there = '"result":[]' not in body
        reason = self.eventually(lambda: "exporters" in self.tided.policy("node")["last_reason"]
                                 and self.tided.policy("node")["last_reason"], "a reason")
        print(f"exporter dead, the server answers a number: {still_there}; reason: {reason}")
        self.assertEqual(self.tided.policy("node")["current"], 2, "stale never scales down")


@unittest.skipUnless(shutil.which("victoria-metrics"), "victoria-metrics is not installed")
class VictoriaMetrics(Prometheus):
    def server_argv(self, config):
        return ["victoria-metrics", f"-promscrape.config={config}", "-loggerLevel=ERROR",
                f"-storageDataPath={self.directory}/data", "-memory.allowedBytes=256MB",
                f"-httpListenAddr=127.0.0.1:{self.port}"]


if __name__ == "__main__":
    unittest.main()
