#!/usr/bin/python3
"""Policies of one template against Debian's Prometheus and VictoriaMetrics: their questions share
queries, and each gets what it would get alone.

A recorder stands between the daemon and the server. What it saw is then asked again, at one
instant: the common queries, and each policy's own. Label by label the elements must be the same
(to 1e-12 of the value, since servers add in no promised order). The readings are fresh though
VictoriaMetrics by itself answers from half a minute ago. Skipped where a server is not installed.
"""

import http.client
import json
import math
import os
import re
import shutil
import subprocess
import threading
import time
import unittest
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from harness import Case, free_ports, http_get

TENANTS = ["acme", "b.c", "bxc", "d|e", "d", 'q"q', "back\\slash", "é", "nobody"]
TEMPLATES = [
    "sum(x{t=%})",
    "avg(rate(x{t=%}[1m]))",
    "sum(rate(x{t=%}[1m])) / sum(rate(y{t=%}[1m]))",
    "100 * (1 - max(y{t=%}) / sum(x{t=%}))",
    "quantile(0.9, y{t=%})",
    "sum by (t) (x{t=%}) / limit{t=%}",
    "sum(x{t=%} / on (pod) y{t=%})",
    "sum(x{t=%} * ignoring (pod) group_left () limit{t=%})",
    "max_over_time(sum(x{t=%})[1m:10s])",
    "histogram_quantile(0.9, sum by (le) (rate(h_bucket{t=%}[1m])))",
    "limit{t=%} > 3",
    "sum(x{t=%} and on (pod) y{t=%})",
    "count(x{t=%} offset 10s)",
]
ALONE = ["sum(x{t=%}) or vector(0)", "topk(1, x{t=%})"]


def quoted(tenant):
    return json.dumps(tenant, ensure_ascii=False)


def filled(template, tenant):
    """The query of one policy. A condition that always holds tells the templates apart."""
    text = (TEMPLATES + ALONE)[template]
    return text.replace("{t=%}", f'{{t={quoted(tenant)},mark!="{template}"}}')


def samples(now):
    """[(labels as text, value at an instant)] of every series but those of "nobody"."""
    series = []
    for i, tenant in enumerate(TENANTS[:-1]):
        label = f"t={quoted(tenant)}"
        for pod in (1, 2, 3):
            slope = 1 + i + pod / 8
            series.append((f'x{{{label},pod="{pod}"}}', lambda at, s=slope: s * (at - now + 900)))
            if (i + pod) % 4:
                series.append((f'y{{{label},pod="{pod}"}}',
                               lambda at, s=slope: s * s * (at - now + 950)))
        series.append((f"limit{{{label}}}", lambda at, i=i: 1.5 + i))
        for le, share in (("0.1", 0.25), ("1", 0.75), ("+Inf", 1)):
            series.append((f'h_bucket{{{label},le="{le}"}}',
                           lambda at, s=share, i=i: s * (i + 1) * (at - now + 900)))
    return series


class Recorder:
    """Passes requests on to `port` and remembers the queries that came without a time."""

    def __init__(self, port):
        self.queries, recorder = [], self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def pass_on(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                form = body.decode() or self.path.partition("?")[2]
                fields = urllib.parse.parse_qs(form)
                if "time" not in fields:
                    recorder.queries.append(fields["query"][0])
                server = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                kept = {name: self.headers[name] for name in ("Content-Type",)
                        if name in self.headers}
                server.request(self.command, self.path, body or None, kept)
                answer = server.getresponse()
                text = answer.read()
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.getheader("Content-Type", ""))
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)
                server.close()

            do_GET = do_POST = pass_on

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def policies_toml(port, dialect):
    toml = f"""
[daemon]
listen = "127.0.0.1:@API@"
control_socket = "@DIR@/control.sock"
state = "@DIR@/state"
interval = "1s"

[source.prom]
type = "prometheus"
url = "http://127.0.0.1:{port}"
promql = "{dialect}"

[provider.here]
type = "process_pool"
"""
    for i in range(len(TEMPLATES + ALONE)):
        for j, tenant in enumerate(TENANTS):
            name, query = f"p{i}-{j}", filled(i, tenant)
            toml += f"""
[pool.{name}]
provider = "here"
command = ["/bin/true"]
[policy.{name}]
pool = "{name}"
max = 3
[[policy.{name}.metric]]
name = "m"
query = {json.dumps(query, ensure_ascii=False)}
source = "prom"
target = {{ value = 1 }}
"""
    return toml


class Servers:
    class OneServer(Case):
        program_name = ""

        def setUp(self):
            if not shutil.which(self.program_name):
                self.skipTest(f"{self.program_name} is not installed")
            super().setUp()
            self.port = free_ports()
            self.now = time.time()
            self.start_server()

        def ask(self, query, at):
            form = urllib.parse.urlencode({"query": query, "time": f"{at:.3f}", "nocache": 1})
            status, body = http_get(self.port, "/api/v1/query?" + form)
            self.assertEqual(status, 200, body)
            elements = {}
            for element in json.loads(body)["data"]["result"]:
                labels = dict(element["metric"])
                labels.pop("__name__", None)
                tenant = labels.pop("t", "")
                elements.setdefault(tenant, {})[json.dumps(labels, sort_keys=True)] = float(
                    element["value"][1])
            return elements

        def assert_alike(self, together, alone, query):
            self.assertEqual(together.keys(), alone.keys(), query)
            for labels, value in alone.items():
                self.assertTrue(math.isclose(together[labels], value, rel_tol=1e-12) or
                                math.isnan(together[labels]) and math.isnan(value),
                                f"{query} {labels}: {together[labels]} and {value}")

        def readings(self):
            policies = self.tided.get("/api/v1/policies")
            policies = policies["policies"] if isinstance(policies, dict) else policies
            return {policy["name"]: policy["metrics"][0] for policy in policies}

        def test_common_queries(self):
            recorder = Recorder(self.port)
            self.addCleanup(recorder.close)
            self.tided = self.daemon(policies_toml(recorder.port, "2")).start()
            self.eventually(lambda: all(
                reading["freshness"] != "absent" or reading.get("why", "").startswith("no series")
                for reading in self.readings().values()), "every policy has its answer")
            seen = list(dict.fromkeys(recorder.queries))
            common = [query for query in seen if "t=~" in query]
            print(f"{self.program_name}: {len(seen)} queries for "
                  f"{len(self.readings())} policies, {len(common)} of them common")
            self.assertEqual(len(common), len(TEMPLATES))
            self.assertEqual(len(seen), len(TEMPLATES) + len(ALONE) * len(TENANTS))
            self.compare(common)
            self.check_readings()

        def compare(self, common):
            at, compared = self.now - 5, 0
            for query in common:
                together = self.ask(query, at)
                self.assertLessEqual(together.keys(), set(TENANTS), query)
                template = int(re.search(r'mark!="(\d+)"', query).group(1))
                for tenant in TENANTS:
                    single = filled(template, tenant)
                    alone = self.ask(single, at)
                    merged = {labels: value for part in alone.values()
                              for labels, value in part.items()}
                    self.assert_alike(together.get(tenant, {}), merged, single)
                    compared += len(merged)
            self.assertGreater(compared, len(TEMPLATES) * (len(TENANTS) - 2))

        def check_readings(self):
            readings = self.readings()
            for i in range(len(TEMPLATES)):
                for j, tenant in enumerate(TENANTS):
                    reading = readings[f"p{i}-{j}"]
                    if tenant == "nobody" or (">" in TEMPLATES[i] and reading["value"] is None):
                        self.assertEqual(reading["freshness"], "absent", TEMPLATES[i])
                    else:
                        self.assertEqual(reading["freshness"], "fresh", (TEMPLATES[i], reading))
                        self.assertLess(reading["age_seconds"], 20, TEMPLATES[i])

        def test_range_query(self):
            """What promql_api reads of a range answer is what these servers write."""
            form = urllib.parse.urlencode({"query": "sum(x)", "start": self.now - 60,
                                           "end": self.now - 30, "step": "10.000",
                                           "timeout": "3000ms", "nocache": 1, "stats": 1})
            status, body = http_get(self.port, "/api/v1/query_range?" + form)
            self.assertEqual(status, 200)
            answer = json.loads(body)["data"]
            self.assertEqual(answer["resultType"], "matrix")
            self.assertGreaterEqual(len(answer["result"][0]["values"]), 3)
            form = form.replace("step=10.000", "step=0.002")
            if self.program_name == "prometheus":
                self.assertEqual(http_get(self.port, "/api/v1/query_range?" + form)[0], 400)


class Prometheus(Servers.OneServer):
    program_name = "prometheus"

    def start_server(self):
        page = os.path.join(self.directory, "data.om")
        with open(page, "w", encoding="utf-8") as file:
            for labels, value in sorted(samples(self.now), key=lambda one: one[0]):
                for step in range(-120, 60):
                    at = self.now + 5 * step
                    file.write(f"{labels} {value(at)!r} {at:.3f}\n")
            file.write("# EOF\n")
        storage = os.path.join(self.directory, "tsdb")
        subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", "-q", page,
                        storage], check=True, stdout=subprocess.DEVNULL)
        config = os.path.join(self.directory, "prometheus.yml")
        with open(config, "w", encoding="utf-8") as file:
            file.write("scrape_configs: []\n")
        self.program(["prometheus", f"--config.file={config}", f"--storage.tsdb.path={storage}",
                      "--log.level=error", f"--web.listen-address=127.0.0.1:{self.port}"],
                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.eventually(lambda: http_get(self.port, "/-/ready")[0] == 200, "Prometheus is up")


class VictoriaMetrics(Servers.OneServer):
    program_name = "victoria-metrics"

    def start_server(self):
        self.program(["victoria-metrics", f"-storageDataPath={self.directory}/vm",
                      f"-httpListenAddr=127.0.0.1:{self.port}", "-memory.allowedBytes=256MB",
                      "-loggerLevel=ERROR"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.eventually(lambda: http_get(self.port, "/health")[0] == 200, "VictoriaMetrics is up")
        text = "".join(f"{labels} {value(self.now + 5 * step)!r} {(self.now + 5 * step) * 1000:.0f}\n"
                       for labels, value in samples(self.now) for step in range(-120, 60))
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request("POST", "/api/v1/import/prometheus", text.encode())
        self.assertEqual(connection.getresponse().status, 204)
        connection.close()
        http_get(self.port, "/internal/force_flush")
        self.eventually(lambda: self.ask("sum(x)", self.now), "the samples are there")


if __name__ == "__main__":
    unittest.main()
