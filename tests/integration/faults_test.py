#!/usr/bin/python3
"""Faults of the world around the daemon: a source that answers in part, every peer silent at once, a
secret that is not there, a worker that cannot start. It holds what it has, and says so."""

import http.server
import json
import os
import threading
import unittest

from harness import Case, pool_toml


def two_targets(first, second):
    return pool_toml(first).replace(f'targets = ["127.0.0.1:{first.port}"]',
                                    f'targets = ["127.0.0.1:{first.port}", '
                                    f'"127.0.0.1:{second.port}"]')


class Hook:
    """A receiver of notifications on loopback."""

    def __init__(self):
        self.bodies = []
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_POST(self):
                hook.bodies.append(json.loads(
                    self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def kinds(self):
        return [body["kind"] for body in self.bodies]

    def toml(self):
        return f'\n[notify.ops]\nurl = "http://127.0.0.1:{self.server.server_address[1]}/hook"\n'

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Faults(Case):
    def hook(self):
        hook = Hook()
        self.addCleanup(hook.close)
        return hook

    def test_half_of_a_source_is_not_half_of_the_load(self):
        first, second = self.page(load=20), self.page(load=20)
        daemon = self.daemon(two_targets(first, second)).start()
        self.eventually(lambda: daemon.policy()["ready"] == 4, "4 for a load of 40")
        second.up = False
        self.eventually(lambda: daemon.get("/api/v1/status")["sources"][0]["failing"] == 1,
                        "one target fails")
        self.eventually(lambda: daemon.policy()["metrics"][0]["freshness"] != "fresh",
                        "the sum is no longer fresh")
        self.always(lambda: len(daemon.children()) == 4, "nothing is scaled down", 1.0)
        self.assertIn("1 of 2 fail", daemon.log())
        first.values["load"] = 60
        self.eventually(lambda: daemon.policy()["ready"] == 6, "6 for what one alone says")
        self.assertEqual(daemon.policy()["metrics"][0]["freshness"], "partial")
        second.up = True
        first.values["load"] = 0
        self.eventually(lambda: daemon.policy()["ready"] == 2, "2 for what is known to be 20")

    def test_every_peer_lost_at_once_is_our_own_network(self):
        first, second, hook = self.page(load=25), self.page(other=1), self.hook()
        toml = pool_toml(first) + f"""
[source.second]
type = "scrape"
targets = ["127.0.0.1:{second.port}"]

[[policy.web.metric]]
name = "other"
query = "sum(other)"
source = "second"
target = {{ average_value = 10 }}
""" + hook.toml()
        toml = toml.replace('type = "scrape"', 'type = "scrape"\ninterval = "1s"\ntimeout = "300ms"')
        daemon = self.daemon(toml).start()
        self.eventually(lambda: daemon.policy()["ready"] == 3, "3 for a load of 25")
        first.up = second.up = False
        self.eventually(lambda: hook.kinds().count("source_lost") == 2, "both are lost")
        self.always(lambda: not daemon.get("/api/v1/status")["frozen"],
                    "who answers with an error shows that the network is well", 1.5)
        first.silent = second.silent = True
        self.eventually(lambda: "self_partitioned" in hook.kinds(), "the operator is told")
        body = next(b for b in hook.bodies if b["kind"] == "self_partitioned")
        self.assertEqual(body["severity"], "error")
        self.assertTrue(daemon.get("/api/v1/status")["frozen"])
        first.values["load"] = 5
        first.up = second.up = True
        first.silent = second.silent = False
        self.eventually(lambda: "partition_healed" in hook.kinds(), "and that it is over")
        self.eventually(lambda: daemon.policy()["ready"] == 1, "on with the work")

    def test_a_missing_secret_stops_its_own_source_only(self):
        page = self.page(load=25)
        toml = pool_toml(page) + f"""
[source.guarded]
type = "scrape"
targets = ["127.0.0.1:{page.port}"]
auth = {{ bearer = "file:@DIR@/token" }}

[[policy.web.metric]]
name = "guarded"
query = "max(load)"
source = "guarded"
target = {{ average_value = 10 }}
"""
        daemon = self.daemon(toml).start()
        self.eventually(lambda: daemon.policy()["ready"] == 3, "3 by the other source")
        self.eventually(lambda: any("token" in (source["last_error"] or "") for source in
                                    daemon.get("/api/v1/status")["sources"]),
                        "the secret is named")
        with open(daemon.directory + "/token", "w", encoding="utf-8") as file:
            file.write("t0")
        os.chmod(daemon.directory + "/token", 0o600)
        self.eventually(lambda: daemon.policy()["metrics"][1]["freshness"] == "fresh",
                        "and read once it is there")

    def test_a_worker_that_cannot_start_is_told(self):
        page, hook = self.page(load=25), self.hook()
        daemon = self.daemon(pool_toml(page).replace('"/bin/sleep"', '"/nonexistent/worker"') +
                             hook.toml()).start()
        self.eventually(lambda: "/nonexistent/worker" in (daemon.policy()["trouble"] or ""),
                        "its policy says why")
        self.assertEqual(daemon.policy()["ready"], 0)
        self.eventually(lambda: "/nonexistent/worker" in daemon.cli("status")[1],
                        "and so does status")
        self.eventually(lambda: "pool_failing" in hook.kinds(), "what lasts is notified", 60)
        self.assertGreater(daemon.metrics()['tided_pool_restarts_total{pool="web"}'], 0)


if __name__ == "__main__":
    unittest.main()
