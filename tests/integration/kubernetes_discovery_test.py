#!/usr/bin/python3
"""Pods found by a watch on the API fake: they come and go at once, and whatever happens to the
watch (its version gone, its token replaced, refused, cut off) changes no target by itself."""

import time
import unittest

from harness import pool_toml
from kubernetes_test import FakeCase

SOURCE = """kubernetes_sd = { provider = "cluster", namespaces = ["prod"], label_selector = "app=web" }

[[source.page.relabel]]
source_labels = "__meta_kubernetes_pod_name"
target_label = "pod"

[provider.cluster]
type = "kubernetes"
kubeconfig = "file:@DIR@/kubeconfig"
"""


class KubernetesDiscovery(FakeCase):
    def setUp(self):
        super().setUp()
        self.fake = self.start_fake("--token", "one")
        self.use_token("one")

    def use_token(self, token):
        self.write_kubeconfig(f"server: 'http://127.0.0.1:{self.port}'", "token: " + token)

    def put(self, name, page, label="web"):
        self.steer("pod", {"namespace": "prod", "name": name, "ip": "127.0.0.1",
                           "port": page.port, "labels": {"app": label}})

    def remove(self, name):
        self.steer("pod", {"namespace": "prod", "name": name}, "DELETE")

    def settles(self, replicas, what):
        self.eventually(lambda: self.tided.policy()["current"] == replicas, what)

    def source(self):
        return self.tided.get("/api/v1/status")["sources"][0]

    def requests(self, word):
        return [entry for entry in self.steer("log", method="GET")
                if entry["path"].endswith("/pods") and (word in entry["query"])]

    def toml(self, page):
        return pool_toml(page).replace(f'targets = ["127.0.0.1:{page.port}"]', SOURCE)

    def test_a_watch_under_way_delays_nothing(self):
        one = self.page(load=20)
        self.put("web-1", one)
        toml = self.toml(one)
        self.tided = self.daemon(toml).start()
        self.eventually(lambda: self.requests("watch"), "a watch")
        self.tided.write(toml.replace('type = "scrape"', 'type = "scrape"\ninterval = "500ms"'))
        self.assertEqual(self.tided.cli("reload")[0], 0)
        self.eventually(lambda: len(self.requests("watch")) == 2, "the new source watches")
        self.settles(2, "one pod")
        begun = time.monotonic()
        self.tided.stop()
        self.assertLess(time.monotonic() - begun, 5)

    def test_pods_come_and_go(self):
        one, two = self.page(load=20), self.page(load=20)
        self.put("web-1", one)
        self.put("other", two, label="other")
        self.tided = self.daemon(self.toml(one)).start()
        self.settles(2, "one pod")
        self.eventually(lambda: self.requests("watch"), "a watch")
        begun = time.monotonic()
        self.put("web-2", two)
        self.settles(4, "a second pod, by the watch")
        self.assertLess(time.monotonic() - begun, 5)
        self.assertEqual(len(self.requests("limit")), 1, "it was listed once")
        self.remove("web-2")
        self.settles(2, "its load is gone with it")
        self.version_is_gone(two)
        self.api_fails()
        self.api_is_cut_off()

    def version_is_gone(self, two):
        self.steer("token", {"token": "two"})
        self.use_token("two")
        self.steer("forget")
        self.eventually(lambda: len(self.requests("limit")) == 2, "410 is answered by a new list")
        self.put("web-2", two)
        self.settles(4, "the new watch works")

    def api_fails(self):
        self.steer("faults", {"method": "GET", "path": "/pods$", "times": -1, "status": 403})
        self.steer("forget")
        self.remove("web-2")
        self.eventually(lambda: "answers 403" in (self.source()["discovery_error"] or ""),
                        "status says why")
        self.always(lambda: self.tided.policy()["current"] == 4, "the targets stay", 1)
        self.steer("faults", method="DELETE")
        self.settles(2, "what went meanwhile is gone")
        self.eventually(lambda: not self.source()["discovery_error"], "it is well again")

    def api_is_cut_off(self):
        self.fake.kill()
        self.eventually(lambda: "kubernetes" in (self.source()["discovery_error"] or "").lower(),
                        "status says that nothing is known")
        self.always(lambda: self.tided.policy()["current"] == 2, "the target stays", 1)


if __name__ == "__main__":
    unittest.main()
