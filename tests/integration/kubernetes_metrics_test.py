#!/usr/bin/python3
"""Sources on the Kubernetes metrics APIs against the API fake: a Deployment follows its pods' usage
and an adapter's metrics; whatever an API does not say changes nothing, and the source says what is
missing."""

import unittest

from kubernetes_test import FakeCase

PODS = "/apis/metrics.k8s.io/v1beta1/namespaces/prod/pods"
ALL = ["metrics.k8s.io", "custom.metrics.k8s.io", "external.metrics.k8s.io"]
CPU = 'sum(pod_cpu_usage_cores{namespace="prod",app="web"})'


def metrics_toml(query, extra=""):
    return f"""
[daemon]
listen = "127.0.0.1:@API@"
control_socket = "@DIR@/control.sock"
state = "@DIR@/state"
interval = "200ms"
mode = "act"

[provider.cluster]
type = "kubernetes"
kubeconfig = "file:@DIR@/kubeconfig"

[source.usage]
type = "kubernetes_metrics"
provider = "cluster"
interval = "200ms"
{extra}

[pool.web]
provider = "cluster"
workload = "deployment/prod/web"
step_timeout = "2s"

[policy.web]
pool = "web"
min = 1
max = 8
guards = {{ flapping = {{ turns = 0 }} }}  # the tests turn it round as fast as they can

[[policy.web.metric]]
name = "load"
query = '{query}'
source = "usage"
target = {{ average_value = 1 }}
max_age = "3s"

[policy.web.behavior.scale_up]
policies = [{{ type = "pods", value = 100, period = "1s" }}]

[policy.web.behavior.scale_down]
stabilization = "0s"
"""


def pod(name, cpu, app="web", namespace="prod"):
    return {"namespace": namespace, "name": name, "labels": {"app": app},
            "containers": {"app": {"cpu": cpu, "memory": "64Mi"},
                           "proxy": {"cpu": "0", "memory": "8Mi"}}}


class KubernetesMetrics(FakeCase):
    def setUp(self):
        super().setUp()
        self.start_fake("--token", "t0")
        self.write_kubeconfig(f'server: "http://127.0.0.1:{self.port}"', 'token: "t0"')
        self.create("deployments", "web", 1)
        self.measure(serve=ALL)

    def measure(self, **what):
        self.steer("metrics", what)

    def use(self, *cpus):
        """What the pods of web use, among others that are none of its."""
        self.measure(pods=[pod(f"web-{i}", cpu) for i, cpu in enumerate(cpus)] +
                     [pod("api-0", "50", app="api"), pod("web-9", "70", namespace="dev")])

    def begin(self, query=CPU, extra=""):
        daemon = self.daemon(metrics_toml(query, extra)).start()
        self.eventually(lambda: daemon.policy()["current"] is not None, "an observation")
        return daemon

    def settles(self, daemon, replicas):
        self.eventually(lambda: (daemon.policy()["current"], daemon.policy()["ready"]) ==
                        (replicas, replicas), f"{replicas} replicas")

    def source(self, daemon):
        return daemon.get("/api/v1/status")["sources"][0]

    def writes(self):
        return len([e for e in self.log() if e["method"] in ("PUT", "PATCH")])

    def test_a_deployment_follows_what_its_pods_use(self):
        self.use("1500m", "1999999999n")
        daemon = self.begin()
        self.settles(daemon, 4)
        self.assertEqual(self.source(daemon)["type"], "kubernetes_metrics")
        metric = daemon.policy()["metrics"][0]
        self.assertAlmostEqual(metric["value"], 3.499999999, places=12)
        self.use("500m", "1")
        self.settles(daemon, 2)
        asked = [e for e in self.log() if "metrics.k8s.io" in e["path"]]
        self.assertEqual({e["path"] for e in asked}, {PODS})
        self.assertEqual({e["query"]["labelSelector"] for e in asked}, {"app=web"})

    def test_a_server_that_reports_no_labels(self):
        self.measure(labels_reported=False)
        self.use("1500m", "1500m")
        self.settles(self.begin(), 3)

    def test_whatever_the_api_does_not_say_holds(self):
        self.use("2", "1500m")
        daemon = self.begin()
        self.settles(daemon, 4)
        rule = '{apiGroups: ["metrics.k8s.io"], resources: ["pods"], verbs: ["list"]}'
        deny = {"deny": [{"verb": "list", "resource": "pods.metrics.k8s.io"}]}
        for what, brk, mend, told in (
                ("not installed", lambda: self.measure(serve=[]), lambda: self.measure(serve=ALL),
                 "nothing serves metrics.k8s.io: metrics-server is not installed"),
                ("down", lambda: self.measure(down=["metrics.k8s.io"]),
                 lambda: self.measure(down=[]),
                 "the server behind metrics.k8s.io does not answer"),
                ("no right", lambda: self.steer("rbac", deny),
                 lambda: self.steer("rbac", {"deny": []}),
                 "the account needs in a Role of the namespace prod the rule " + rule),
                ("a quantity that is none", lambda: self.use("2", "1,5"), lambda: None,
                 "pod web-1: container app: cpu: \"1,5\" is no quantity"),
                ("a cut answer", lambda: self.fault(path=PODS, cut=40, times=-1),
                 lambda: self.steer("faults", method="DELETE"), PODS)):
            with self.subTest(what):
                self.use("2", "1500m")
                self.settles(daemon, 4)
                before = self.writes()
                brk()
                self.eventually(lambda told=told: told in (self.source(daemon)["last_error"] or ""),
                                told)
                if what != "a quantity that is none":
                    self.use("100m")
                self.always(lambda before=before: self.writes() == before, "no step", 4.0)
                mend()
                self.use("500m", "500m")
                self.settles(daemon, 1)

    def test_nothing_measured_is_not_zero(self):
        self.use("2", "1500m")
        daemon = self.begin()
        self.settles(daemon, 4)
        self.use()
        before = self.writes()
        self.eventually(lambda: daemon.policy()["metrics"][0]["value"] is None, "no value")
        self.always(lambda: self.writes() == before, "no step without a value", 2.0)
        self.use("500m")
        self.eventually(lambda: daemon.policy()["metrics"][0]["freshness"] == "partial",
                        "half of the pods are missing since a moment")
        self.always(lambda: self.writes() == before, "no step on a part of a sum", 2.0)
        self.use("250m", "250m")
        self.settles(daemon, 1)

    def test_a_metrics_server_that_stands_still(self):
        self.use("2", "1500m")
        daemon = self.begin()
        self.settles(daemon, 4)
        self.measure(frozen=True)
        self.use("100m", "100m")
        self.eventually(lambda: daemon.policy()["metrics"][0]["freshness"] == "stale", "stale")
        self.always(lambda: daemon.policy()["current"] == 4, "no step on old samples", 2.0)
        self.measure(frozen=False)
        self.settles(daemon, 1)

    def test_an_adapter_of_the_older_version(self):
        self.measure(serve={"custom.metrics.k8s.io": ["v1beta1"]}, custom=[
            {"resource": "pods", "kind": "Pod", "namespace": "prod", "name": f"web-{i}",
             "labels": {"app": "web"}, "metric": "rps", "metric_labels": {"verb": verb},
             "value": value}
            for i, verb, value in ((0, "GET", "1500m"), (1, "GET", "1"), (0, "PUT", "5"))])
        daemon = self.begin('sum(rps{namespace="prod",app="web",metric_verb="GET"})',
                            'api = "custom"')
        self.settles(daemon, 3)
        self.measure(custom=[])
        self.eventually(lambda: "the server could not find the metric rps for pods" in
                        (self.source(daemon)["last_error"] or ""), "what is missing is told")
        self.always(lambda: daemon.policy()["current"] == 3, "and holds", 4.0)

    def test_external_metrics(self):
        self.measure(external=[
            {"namespace": "prod", "metric": "queue-depth", "labels": {"queue": queue},
             "value": value} for queue, value in (("mail", "2"), ("sms", "2500m"), ("fax", "9"))])
        daemon = self.begin('sum({"queue-depth",namespace="prod",queue=~"mail|sms"})',
                            'api = "external"')
        self.settles(daemon, 5)


if __name__ == "__main__":
    unittest.main()
