#!/usr/bin/python3
"""The Kubernetes fake behaves as the API reference says; each refusal is provoked once."""

import http.client
import json
import os
import subprocess
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
WEB = "/apis/apps/v1/namespaces/prod/deployments/web"
SCALE = WEB + "/scale"
MERGE = "application/merge-patch+json"


class FakeTest(unittest.TestCase):
    arguments = ["--token", "t0", "--ready-delay", "0.05"]

    def setUp(self):
        self.process = subprocess.Popen([sys.executable, os.path.join(HERE, "kubernetes.py"),
                                         *self.arguments], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.token = "t0"
        self.steer("objects", {"group": "apps", "version": "v1", "plural": "deployments",
                               "namespace": "prod", "object": {
                                   "metadata": {"name": "web"},
                                   "spec": {"replicas": 3,
                                            "selector": {"matchLabels": {"app": "web"}}}}})

    def tearDown(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def call(self, method, path, body=None, kind="application/json", timeout=5):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        headers = {"Authorization": f"Bearer {self.token}"}
        if body is not None:
            headers["Content-Type"] = kind
            body = json.dumps(body)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            self.headers = answer.headers
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def steer(self, what, body=None, method="POST"):
        return self.call(method, f"/_fake/{what}", body if body is not None else {})[1]

    def refused(self, expected_code, expected_reason, *arguments, **named):
        code, status = self.call(*arguments, **named)
        self.assertEqual((code, status["reason"], status["kind"], status["status"], status["code"]),
                         (expected_code, expected_reason, "Status", "Failure", expected_code))
        return status

    def eventually(self, check, seconds=5):
        end = time.monotonic() + seconds
        while not check():
            self.assertLess(time.monotonic(), end, "did not come true in time")
            time.sleep(0.01)


class Reading(FakeTest):
    def test_scale_shows_replicas_selector_and_version(self):
        code, scale = self.call("GET", SCALE)
        self.assertEqual(code, 200)
        self.assertEqual((scale["kind"], scale["apiVersion"]), ("Scale", "autoscaling/v1"))
        self.assertEqual(scale["spec"], {"replicas": 3})
        self.assertEqual(scale["status"], {"replicas": 3, "selector": "app=web"})
        self.assertTrue(scale["metadata"]["resourceVersion"])

    def test_zero_is_left_out_of_spec_and_shown_in_status(self):
        self.call("PATCH", SCALE, {"spec": {"replicas": 0}}, MERGE)
        scale = self.call("GET", SCALE)[1]
        self.assertEqual(scale["spec"], {})
        self.assertEqual(scale["status"]["replicas"], 0)

    def test_readiness_follows_after_the_delay_and_status_writes_move_the_version(self):
        self.steer("settings", {"ready_delay": 0.3})
        self.call("PATCH", SCALE, {"spec": {"replicas": 5}}, MERGE)
        before = self.call("GET", WEB)[1]
        self.assertEqual(before["status"]["observedGeneration"], before["metadata"]["generation"])
        self.assertLess(before["status"].get("readyReplicas", 0), 5)
        self.eventually(lambda: self.call("GET", WEB)[1]["status"].get("readyReplicas") == 5)
        after = self.call("GET", WEB)[1]
        self.assertNotIn("unavailableReplicas", after["status"])
        self.assertNotEqual(after["metadata"]["resourceVersion"],
                            before["metadata"]["resourceVersion"])
        self.assertEqual(after["metadata"]["generation"], before["metadata"]["generation"])

    def test_statefulset_starts_one_pod_after_the_other(self):
        self.steer("settings", {"ready_delay": 30})
        self.call("POST", "/apis/apps/v1/namespaces/prod/statefulsets",
                  {"metadata": {"name": "db"}, "spec": {"replicas": 3}})
        status = self.call("GET", "/apis/apps/v1/namespaces/prod/statefulsets/db")[1]["status"]
        self.assertEqual((status["replicas"], status.get("readyReplicas", 0)), (1, 0))

    def test_pods_by_label_and_page(self):
        path = "/api/v1/namespaces/prod/pods?labelSelector=app%3Dweb&limit=2"
        page = self.call("GET", path)[1]
        self.assertEqual(len(page["items"]), 2)
        self.assertEqual(page["metadata"]["remainingItemCount"], 1)
        rest = self.call("GET", path + "&continue=" + page["metadata"]["continue"])[1]
        self.assertEqual([p["metadata"]["name"] for p in rest["items"]], ["web-2"])
        other = self.call("GET", "/api/v1/namespaces/prod/pods?labelSelector=app%3Dapi")[1]
        self.assertEqual(other["items"], [])

    def test_discovery_names_the_scale_subresource(self):
        self.steer("resources", {"group": "x.io", "version": "v1", "plural": "plain",
                                 "kind": "Plain", "scale": False})
        names = [r["name"] for r in self.call("GET", "/apis/apps/v1")[1]["resources"]]
        self.assertIn("deployments/scale", names)
        names = [r["name"] for r in self.call("GET", "/apis/x.io/v1")[1]["resources"]]
        self.assertEqual(names, ["plain"])


class Writing(FakeTest):
    def test_put_is_compare_and_swap_with_a_version_and_unconditional_without(self):
        self.eventually(lambda: self.call("GET", WEB)[1]["status"].get("readyReplicas") == 3)
        old = self.call("GET", SCALE)[1]
        code, new = self.call("PUT", SCALE, dict(old, spec={"replicas": 4}))
        self.assertEqual((code, new["spec"]), (200, {"replicas": 4}))
        status = self.refused(409, "Conflict", "PUT", SCALE, dict(old, spec={"replicas": 9}))
        self.assertIn("the object has been modified", status["message"])
        old["metadata"].pop("resourceVersion")
        self.assertEqual(self.call("PUT", SCALE, dict(old, spec={"replicas": 6}))[0], 200)

    def test_patch_is_unconditional_unless_it_has_a_version(self):
        self.assertEqual(self.call("PATCH", SCALE, {"spec": {"replicas": 5}}, MERGE)[0], 200)
        self.refused(409, "Conflict", "PATCH", SCALE,
                     {"metadata": {"resourceVersion": "1"}, "spec": {"replicas": 6}}, MERGE)

    def test_json_patch_tests_before_it_replaces(self):
        kind = "application/json-patch+json"
        step = [{"op": "test", "path": "/spec/replicas", "value": 3},
                {"op": "replace", "path": "/spec/replicas", "value": 4}]
        self.assertEqual(self.call("PATCH", SCALE, step, kind)[1]["spec"], {"replicas": 4})
        self.refused(422, "Invalid", "PATCH", SCALE, step, kind)

    def test_content_types_are_enforced(self):
        self.refused(415, "UnsupportedMediaType", "PATCH", SCALE, {"spec": {"replicas": 5}})
        self.steer("resources", {"group": "x.io", "version": "v1", "plural": "fleets",
                                 "kind": "Fleet", "scale": True})
        fleet = "/apis/x.io/v1/namespaces/prod/fleets"
        self.call("POST", fleet, {"metadata": {"name": "a"}, "spec": {"replicas": 1}})
        strategic = "application/strategic-merge-patch+json"
        self.refused(415, "UnsupportedMediaType", "PATCH", fleet + "/a/scale",
                     {"spec": {"replicas": 5}}, strategic)
        self.assertEqual(self.call("PATCH", SCALE, {"spec": {"replicas": 5}}, strategic)[0], 200)

    def test_negative_is_invalid_and_names_the_field(self):
        status = self.refused(422, "Invalid", "PATCH", SCALE, {"spec": {"replicas": -1}}, MERGE)
        self.assertEqual(status["details"]["causes"][0]["field"], "spec.replicas")

    def test_dry_run_changes_nothing(self):
        self.call("PATCH", SCALE + "?dryRun=All", {"spec": {"replicas": 9}}, MERGE)
        self.assertEqual(self.call("GET", SCALE)[1]["spec"], {"replicas": 3})

    def test_generation_moves_only_with_the_spec(self):
        before = self.call("GET", WEB)[1]["metadata"]["generation"]
        self.call("PATCH", SCALE, {"spec": {"replicas": 3}}, MERGE)
        self.assertEqual(self.call("GET", WEB)[1]["metadata"]["generation"], before)
        self.call("PATCH", SCALE, {"spec": {"replicas": 4}}, MERGE)
        self.assertEqual(self.call("GET", WEB)[1]["metadata"]["generation"], before + 1)


class Refusing(FakeTest):
    def test_not_found_already_exists_and_undeclared_scale(self):
        self.refused(404, "NotFound", "GET", SCALE.replace("web", "nope"))
        self.refused(409, "AlreadyExists", "POST", "/apis/apps/v1/namespaces/prod/deployments",
                     {"metadata": {"name": "web"}})
        self.steer("resources", {"group": "x.io", "version": "v1", "plural": "plain",
                                 "kind": "Plain", "scale": False})
        self.call("POST", "/apis/x.io/v1/namespaces/prod/plain", {"metadata": {"name": "a"}})
        self.refused(404, "NotFound", "GET", "/apis/x.io/v1/namespaces/prod/plain/a/scale")

    def test_rotation_refuses_the_old_token(self):
        self.steer("token", {"token": "t1"})
        self.refused(401, "Unauthorized", "GET", SCALE)
        self.token = "t1"
        self.assertEqual(self.call("GET", SCALE)[0], 200)

    def test_rbac_by_verb_and_resource(self):
        self.steer("rbac", {"deny": [{"verb": "patch", "resource": "deployments/scale"}]})
        self.assertEqual(self.call("GET", SCALE)[0], 200)
        self.refused(403, "Forbidden", "PATCH", SCALE, {"spec": {"replicas": 5}}, MERGE)

    def test_throttling_has_retry_after_and_ends(self):
        self.steer("faults", {"method": "GET", "path": "/scale$", "status": 429, "retry_after": 1})
        status = self.refused(429, "TooManyRequests", "GET", SCALE)
        self.assertEqual(self.headers["Retry-After"], "1")
        self.assertEqual(status["details"]["retryAfterSeconds"], 1)
        self.assertEqual(self.call("GET", SCALE)[0], 200)

    def test_internal_error_before_and_after_the_write(self):
        self.steer("faults", {"method": "PATCH", "status": 500})
        self.refused(500, "InternalError", "PATCH", SCALE, {"spec": {"replicas": 7}}, MERGE)
        self.assertEqual(self.call("GET", SCALE)[1]["spec"], {"replicas": 3})
        self.steer("faults", {"method": "PATCH", "status": 500, "after": True})
        self.refused(500, "InternalError", "PATCH", SCALE, {"spec": {"replicas": 7}}, MERGE)
        self.assertEqual(self.call("GET", SCALE)[1]["spec"], {"replicas": 7})

    def test_hang_cut_and_reset(self):
        self.steer("faults", {"hang": 3, "path": "/scale$"})
        with self.assertRaises(TimeoutError):
            self.call("GET", SCALE, timeout=0.2)
        self.steer("faults", {"cut": 10, "path": "/scale$"})
        with self.assertRaises(http.client.IncompleteRead):
            self.call("GET", SCALE)
        self.steer("faults", {"reset": True, "path": "/scale$"})
        with self.assertRaises(OSError):
            self.call("GET", SCALE)

    def test_the_log_has_what_was_asked(self):
        self.call("PATCH", SCALE + "?fieldManager=tided", {"spec": {"replicas": 5}}, MERGE)
        entry = self.steer("log", method="GET")[-1]
        self.assertEqual((entry["method"], entry["path"], entry["query"], entry["type"],
                          entry["status"]),
                         ("PATCH", SCALE, {"fieldManager": "tided"}, MERGE, 200))


PODS = "/apis/metrics.k8s.io/v1beta1/namespaces/prod/pods"
CUSTOM = "/apis/custom.metrics.k8s.io/v1beta2/namespaces/prod/pods/*/rps"
DEPTH = "/apis/external.metrics.k8s.io/v1beta1/namespaces/prod/depth"


class Measuring(FakeTest):
    def setUp(self):
        super().setUp()
        usage = {"app": {"cpu": "250m", "memory": "64Mi"}}
        self.steer("metrics", {
            "serve": ["metrics.k8s.io", "custom.metrics.k8s.io", "external.metrics.k8s.io"],
            "pods": [{"namespace": "prod", "name": name, "labels": {"app": name[:3]},
                      "containers": usage} for name in ("web-0", "web-1", "api-0")],
            "nodes": [{"name": "n1", "usage": usage["app"]}],
            "custom": [{"resource": "pods", "kind": "Pod", "namespace": "prod", "name": "web-0",
                        "labels": {"app": "web"}, "metric": "rps", "metric_labels": {"verb": "GET"},
                        "value": "500m"}],
            "external": [{"namespace": "prod", "metric": "depth", "labels": {"q": "mail"},
                          "value": "7"}]})

    def names(self, path):
        items = self.call("GET", path)[1]["items"] or []
        return [item["metadata"]["name"] for item in items]

    def plain(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path, headers={"Authorization": "Bearer t0"})
            answer = connection.getresponse()
            return answer.status, answer.getheader("Content-Type"), answer.read().decode()
        finally:
            connection.close()

    def test_pods_by_every_form_of_selector(self):
        for selector, names in (("app=web", ["web-0", "web-1"]), ("app!=web", ["api-0"]),
                                ("app%20in%20(web,x)", ["web-0", "web-1"]), ("!app", []),
                                ("app%20notin%20(web,x)", ["api-0"]), ("app,app=api", ["api-0"])):
            with self.subTest(selector=selector):
                self.assertEqual(self.names(f"{PODS}?labelSelector={selector}"), names)
        self.refused(400, "BadRequest", "GET", PODS + "?labelSelector=app%20like%20web")
        listed = self.call("GET", PODS)[1]
        self.assertEqual((listed["kind"], listed["apiVersion"]),
                         ("PodMetricsList", "metrics.k8s.io/v1beta1"))
        self.assertEqual(listed["items"][0]["window"], "15.123s")
        self.assertIsNone(self.call("GET", PODS.replace("prod", "dev"))[1]["items"])

    def test_nodes_custom_and_external(self):
        self.assertEqual(self.names("/apis/metrics.k8s.io/v1beta1/nodes"), ["n1"])
        item = self.call("GET", CUSTOM + "?metricLabelSelector=verb%3DGET")[1]["items"][0]
        self.assertEqual((item["describedObject"]["name"], item["metric"], item["value"]),
                         ("web-0", {"name": "rps"}, "500m"))
        item = self.call("GET", CUSTOM.replace("v1beta2", "v1beta1"))[1]["items"][0]
        self.assertEqual(item["metricName"], "rps")
        self.assertEqual(self.call("GET", CUSTOM.replace("*", "web-0"))[0], 200)
        self.assertEqual(self.call("GET", DEPTH)[1]["items"][0]["metricLabels"], {"q": "mail"})

    def test_what_nobody_serves_and_who_does_not_answer(self):
        self.steer("metrics", {"serve": {"custom.metrics.k8s.io": ["v1beta1"]}})
        self.assertEqual(self.plain(PODS)[0::2], (404, "404 page not found\n"))
        self.assertEqual(self.plain(CUSTOM)[0], 404)
        self.assertEqual(self.call("GET", CUSTOM.replace("v1beta2", "v1beta1"))[0], 200)
        self.steer("metrics", {"serve": ["metrics.k8s.io"], "down": ["metrics.k8s.io"]})
        self.assertEqual(self.plain(PODS),
                         (503, "text/plain; charset=utf-8", "service unavailable\n"))

    def test_rights_are_asked_before_the_api_is_looked_for(self):
        self.steer("metrics", {"serve": []})
        self.steer("rbac", {"deny": [
            {"verb": "list", "resource": "pods.metrics.k8s.io"},
            {"verb": "get", "resource": "pods/rps.custom.metrics.k8s.io"},
            {"verb": "list", "resource": "depth.external.metrics.k8s.io"}]})
        for path in (PODS, CUSTOM, DEPTH):
            self.refused(403, "Forbidden", "GET", path)

    def test_unknown_metrics_and_verbs(self):
        self.refused(404, "NotFound", "GET", CUSTOM.replace("rps", "nope"))
        self.refused(404, "NotFound", "GET", CUSTOM.replace("*", "web-9"))
        self.refused(404, "NotFound", "GET", DEPTH.replace("depth", "nope"))
        self.refused(405, "MethodNotAllowed", "POST", PODS, {})

    def test_stamps_move_until_they_are_frozen(self):
        def stamp():
            return self.call("GET", PODS)[1]["items"][0]["timestamp"]
        first = stamp()
        self.eventually(lambda: stamp() > first)
        self.steer("metrics", {"frozen": True})
        frozen, end = stamp(), time.monotonic() + 0.5
        while time.monotonic() < end:
            self.assertEqual(stamp(), frozen)


class WatchedPods(FakeTest):
    """Pods that a test puts and removes, as a list and as events from a version on."""

    PODS = "/api/v1/namespaces/prod/pods?labelSelector=app%3Dfound"

    def put(self, name, label="found"):
        self.steer("pod", {"namespace": "prod", "name": name, "ip": "10.0.0.1", "port": 80,
                           "labels": {"app": label}})

    def events(self, version):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        connection.request("GET", f"{self.PODS}&watch=1&resourceVersion={version}&timeoutSeconds=1",
                           headers={"Authorization": f"Bearer {self.token}"})
        lines = connection.getresponse().read().decode().splitlines()
        connection.close()
        return [(event["type"], event["object"]["metadata"].get("name"))
                for event in map(json.loads, lines)]

    def test_a_list_and_what_came_after_it(self):
        self.put("web-1")
        self.put("other", "other")
        listed = self.call("GET", self.PODS)[1]
        self.assertEqual([pod["metadata"]["name"] for pod in listed["items"]], ["web-1"])
        version = listed["metadata"]["resourceVersion"]
        self.put("web-2")
        self.put("web-1")
        self.steer("pod", {"namespace": "prod", "name": "web-2"}, "DELETE")
        self.assertEqual(self.events(version),
                         [("ADDED", "web-2"), ("MODIFIED", "web-1"), ("DELETED", "web-2")])
        self.steer("forget")
        self.assertEqual(self.events(version), [("ERROR", None)])


if __name__ == "__main__":
    unittest.main()
