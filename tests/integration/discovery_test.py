#!/usr/bin/python3
"""Targets that are found: a list in a file, rewritten under the running daemon in every way; a
server of lists that fails in every way; the daemon's own pool. Whatever is not a whole, good answer
leaves the targets as they were, and status, metrics and log say so."""

import json
import os
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from harness import WORKER, Case, free_ports, pool_toml


def found_toml(page, way, extra=""):
    """The usual policy, its source without a list of its own."""
    toml = pool_toml(page, interval="200ms", extra=extra)
    return toml.replace(f'targets = ["127.0.0.1:{page.port}"]', way)


class Lists:
    """A server of lists. `answer` is (status, type, body, bytes to cut off), or None: silence."""

    def __init__(self, body):
        self.answer, self.asked, self.connections = (200, "application/json", body, 0), 0, []
        lists = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                lists.asked += 1
                if lists.answer is None:
                    while lists.answer is None:
                        time.sleep(0.02)
                    self.close_connection = True
                    return
                status, kind, body, cut = lists.answer
                data = body.encode()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data[:len(data) - cut])
                self.close_connection = cut > 0

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.answer = self.answer or (503, "text/plain", "", 0)
        self.server.shutdown()
        self.server.server_close()


class Discovery(Case):
    def text(self, *pages):
        return json.dumps([{"targets": [f"127.0.0.1:{page.port}" for page in pages]}])

    def settles(self, daemon, replicas, what):
        self.eventually(lambda: daemon.policy()["current"] == replicas, what)

    def source(self, daemon):
        return daemon.get("/api/v1/status")["sources"][0]

    def failing(self, daemon):
        return daemon.metrics().get('tided_discovery_failing{source="page"}') == 1

    def stays(self, daemon, replicas, text):
        """A failing look: it is told, and nothing changes."""
        self.eventually(lambda: text in (self.source(daemon)["discovery_error"] or ""),
                        f"status says {text!r}")
        self.eventually(lambda: self.failing(daemon), "a metric says so")
        self.always(lambda: daemon.policy()["current"] == replicas, "it holds", 0.6)
        self.assertIn(text, daemon.log())

    def recovers(self, daemon):
        self.eventually(lambda: not self.source(daemon)["discovery_error"], "it is well again")
        self.eventually(lambda: not self.failing(daemon), "the metric says so")

    def put(self, text):
        with open(self.list + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.rename(self.list + ".new", self.list)

    def test_file(self):
        one, two = self.page(load=20), self.page(load=20)
        os.mkdir(os.path.join(self.directory, "sd"))
        self.list = os.path.join(self.directory, "sd", "web.json")
        daemon = self.daemon(found_toml(one, 'file_sd = { files = ["@DIR@/sd/*.json"] }')).start()
        self.put(self.text(one))
        self.settles(daemon, 2, "one target")
        begun = time.monotonic()
        self.put(self.text(one, two))
        self.settles(daemon, 4, "two targets")
        self.assertLess(time.monotonic() - begun, 5)
        self.eventually(lambda: daemon.metrics()['tided_discovered_targets{source="page"}'] == 2,
                        "a metric counts them")
        self.file_is_written_slowly(daemon, one, two)
        with open(self.list, "w", encoding="utf-8") as file:
            file.write(self.text(one, two)[:-5])
        self.stays(daemon, 4, "web.json:1: not JSON: incomplete JSON")
        with open(self.list, "w", encoding="utf-8"):
            pass
        self.stays(daemon, 4, "web.json:1: the file is empty")
        self.put(self.text(one))
        self.recovers(daemon)
        self.settles(daemon, 2, "a target that goes is silent at once")
        asked = two.asked
        self.always(lambda: two.asked == asked, "it is not asked any more", 0.6)
        self.put(self.text(one, two))
        self.settles(daemon, 4, "it is back")
        self.put("[]")
        self.eventually(lambda: self.source(daemon)["lanes"] == 0, "an empty list is believed")
        self.always(lambda: daemon.policy()["current"] == 4, "without targets it holds", 0.6)
        self.assertIn("targets: 0 found, 0 dropped by rules", daemon.cli("status")[1])

    def file_is_written_slowly(self, daemon, one, two):
        """In place, in two halves: it counts when it is closed."""
        with open(self.list, "w", encoding="utf-8") as file:
            text = self.text(one, one, two)
            file.write(text[:30])
            file.flush()
            self.always(lambda: daemon.policy()["current"] == 4 and not self.failing(daemon),
                        "half a file is not read", 0.6)
            file.write(text[30:])
        self.always(lambda: daemon.policy()["current"] == 4, "the same target twice is one", 0.6)

    def test_http(self):
        one, two = self.page(load=20), self.page(load=20)
        lists = Lists(self.text(one, two))
        self.addCleanup(lists.close)
        way = f'http_sd = {{ url = "http://127.0.0.1:{lists.port}/list", interval = "1s" }}'
        daemon = self.daemon(found_toml(one, way)).start()
        self.settles(daemon, 4, "two targets")
        good = lists.answer
        for answer, text in [((503, "text/plain", "no", 0), "the server answers 503"),
                             ((200, "text/html", "<html>", 0), 'the answer is "text/html"'),
                             ((200, "application/json", self.text(one), 4), "bytes"),
                             ((200, "application/json", '{"a":1}', 0), "is missing"),
                             ((200, "application/json", "[[[", 0), "not JSON"),
                             (None, "timed out")]:
            lists.answer = answer
            self.stays(daemon, 4, text)
            lists.answer = good
            self.recovers(daemon)
        lists.answer = (200, "application/json", self.text(one), 0)
        self.settles(daemon, 2, "a shorter list is believed")

    def test_limit_and_rules(self):
        one, two = self.page(load=20), self.page(load=20)
        self.list = os.path.join(self.directory, "web.yml")
        rules = f"""
target_limit = 2

[[source.page.relabel]]
action = "drop"
source_labels = ["__address__"]
regex = "127.0.0.1:{two.port}"
"""
        self.put(f"- targets: ['127.0.0.1:{one.port}', '127.0.0.1:{two.port}']\n")
        daemon = self.daemon(
            found_toml(one, 'file_sd = { files = "@DIR@/web.yml" }' + rules)).start()
        self.settles(daemon, 2, "one target is kept")
        self.eventually(lambda: self.source(daemon)["dropped"] == 1, "one is dropped")
        self.put("- targets: [a:1, b:1, c:1]\n")
        self.stays(daemon, 2, "3 targets are found, more than the source's target_limit 2")
        self.put(f"- targets: ['127.0.0.1:{one.port}', b]\n  label: {{}}\n")
        self.stays(daemon, 2, "web.yml:2: unknown key 'label'")

    def test_own_pool(self):
        first = free_ports(4)
        page = self.page(load=25)
        toml = pool_toml(page, extra=f"""
[source.workers]
type = "scrape"
pool_sd = {{ pools = "worker" }}

[pool.worker]
provider = "here"
command = ["{WORKER}", "--port", "{{port}}"]
environment = {{ TIDED_TEST = "@DIR@" }}
first_port = {first}

[policy.worker]
pool = "worker"
min = 1
max = 4

[[policy.worker.metric]]
name = "load"
query = "sum(load)"
source = "page"
target = {{ average_value = 10 }}

[[policy.worker.metric]]
name = "alive"
query = "count(up == 1)"
source = "workers"
target = {{ value = 4 }}
""")
        daemon = self.daemon(toml).start()
        self.eventually(lambda: daemon.policy("worker")["metrics"][1].get("value") == 3,
                        "three workers answer")


if __name__ == "__main__":
    unittest.main()
