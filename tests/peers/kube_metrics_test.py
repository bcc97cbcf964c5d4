#!/usr/bin/python3
"""Sources on the metrics APIs behind the real API server: its rights, its aggregation layer and its
words for what is missing. The server that it passes requests on to is ours (metrics_server.py)."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../integration"))

from kube_apiserver_test import BINDINGS, ApiServerCase  # noqa: E402
from kubernetes_metrics_test import CPU, metrics_toml, pod  # noqa: E402
from metrics_server import MetricsServer  # noqa: E402

SERVICES = "/api/v1/namespaces/prod/services"
API_SERVICES = "/apis/apiregistration.k8s.io/v1/apiservices"
ROLE = os.path.join(os.path.dirname(__file__), "../../systemd/examples/kubernetes-metrics-role.yaml")


class RealMetrics(ApiServerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.apply(ROLE)

    def setUp(self):
        super().setUp()
        self.measured = MetricsServer(self.directory)
        self.addCleanup(self.measured.stop)
        self.create(SERVICES, self.measured.service())

    def serve(self, group, version):
        path = f"{API_SERVICES}/{version}.{group}"
        self.create(API_SERVICES, self.measured.api_service(group, version))
        self.eventually(lambda: any(
            c["type"] == "Available" and c["status"] == "True"
            for c in self.server.call("GET", path).get("status", {}).get("conditions", [])),
            f"{group} is available")

    def use(self, *cpus):
        self.measured.metrics.set({"pods": [pod(f"web-{i}", cpu) for i, cpu in enumerate(cpus)] +
                                   [pod("api-0", "50", app="api")]})

    def begin(self, query=CPU, extra=""):
        daemon = self.daemon(metrics_toml(query, extra)).start()
        self.eventually(lambda: daemon.policy()["current"] is not None, "an observation")
        return daemon

    def settles(self, daemon, replicas):
        self.eventually(lambda: daemon.policy()["current"] == replicas, f"{replicas} replicas")

    def tells(self, daemon, text):
        def error():
            return daemon.get("/api/v1/status")["sources"][0]["last_error"] or ""
        self.eventually(lambda: text in error(), f"{text!r}; it says {error()!r}")

    def test_an_api_that_nobody_serves_then_one_that_is_there(self):
        self.use("1500m", "2")
        daemon = self.begin()
        self.tells(daemon, "nothing serves metrics.k8s.io: metrics-server is not installed")
        self.assertEqual(daemon.policy()["current"], 1)
        self.serve("metrics.k8s.io", "v1beta1")
        self.settles(daemon, 4)
        self.use("500m", "1")
        self.settles(daemon, 2)
        self.assertIn("/apis/metrics.k8s.io/v1beta1/namespaces/prod/pods?labelSelector=app=web",
                      self.measured.asked)

    def test_a_server_that_is_gone_and_back(self):
        self.serve("metrics.k8s.io", "v1beta1")
        self.use("1500m", "2")
        daemon = self.begin()
        self.settles(daemon, 4)
        self.measured.stop()
        self.tells(daemon, "the server behind metrics.k8s.io does not answer")
        self.use("100m")
        self.always(lambda: self.spec() == 4, "no step while unsure", 4.0)
        self.measured.start()
        self.settles(daemon, 1)

    def test_a_right_withdrawn_names_the_rule(self):
        self.serve("metrics.k8s.io", "v1beta1")
        self.use("1500m", "2")
        daemon = self.begin()
        self.settles(daemon, 4)
        binding = self.server.call("GET", BINDINGS + "/tided-metrics")
        del binding["metadata"]["resourceVersion"], binding["metadata"]["uid"]
        self.server.call("DELETE", BINDINGS + "/tided-metrics")
        try:
            self.tells(daemon, 'the account needs in a Role of the namespace prod the rule '
                       '{apiGroups: ["metrics.k8s.io"], resources: ["pods"], verbs: ["list"]}')
            self.use("100m")
            self.always(lambda: self.spec() == 4, "no step while blind", 4.0)
        finally:
            self.server.call("POST", BINDINGS, binding)
        self.settles(daemon, 1)

    def rule_alone(self, group, resource, verb):
        """The shipped binding gives way to one of exactly this rule."""
        binding = self.server.call("GET", BINDINGS + "/tided-metrics")
        del binding["metadata"]["resourceVersion"], binding["metadata"]["uid"]
        self.server.call("DELETE", BINDINGS + "/tided-metrics")
        self.addCleanup(self.server.call, "POST", BINDINGS, binding)
        self.create(BINDINGS.replace("rolebindings", "roles"), {
            "metadata": {"name": "one-rule"},
            "rules": [{"apiGroups": [group], "resources": [resource], "verbs": [verb]}]})
        self.create(BINDINGS, {
            "metadata": {"name": "one-rule"}, "subjects": binding["subjects"],
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role",
                        "name": "one-rule"}})

    def test_custom_metrics_of_the_older_version_by_one_rule(self):
        self.measured.metrics.set({"custom": [
            {"resource": "pods", "kind": "Pod", "namespace": "prod", "name": "web-0",
             "labels": {"app": "web"}, "metric": "rps", "value": "3"}]})
        self.serve("custom.metrics.k8s.io", "v1beta1")
        self.rule_alone("custom.metrics.k8s.io", "pods/rps", "get")
        daemon = self.begin('sum(rps{namespace="prod",app="web"})', 'api = "custom"')
        self.settles(daemon, 3)

    def test_external_metrics_by_one_rule(self):
        self.measured.metrics.set({"external": [
            {"namespace": "prod", "metric": "depth", "labels": {"q": "mail"}, "value": "5"}]})
        self.serve("external.metrics.k8s.io", "v1beta1")
        self.rule_alone("external.metrics.k8s.io", "depth", "list")
        daemon = self.begin('sum(depth{namespace="prod",q="mail"})', 'api = "external"')
        self.settles(daemon, 5)

    def test_nodes_by_the_shipped_cluster_role(self):
        self.measured.metrics.set({"nodes": [{"name": "n1", "usage": {"cpu": "2"}}]})
        self.serve("metrics.k8s.io", "v1beta1")
        self.settles(self.begin("sum(node_cpu_usage_cores)"), 2)


if __name__ == "__main__":
    unittest.main()
