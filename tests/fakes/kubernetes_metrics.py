"""The three metrics APIs of a Kubernetes API server: what metrics-server and an adapter behind it
would answer, and what the API server says when nobody serves an API or nobody answers for it.

Nothing here knows HTTP. Written from k8s.io/metrics (types.go), the registry code of
custom-metrics-apiserver and "Labels and Selectors" of the Kubernetes documentation; it leaves out
protobuf and watches, which these APIs have not, and field selectors.
"""

import datetime
import re
import time
import urllib.parse

from kubernetes_objects import Refusal

GROUPS = {"metrics.k8s.io": ["v1beta1"],
          "custom.metrics.k8s.io": ["v1beta2", "v1beta1"],
          "external.metrics.k8s.io": ["v1beta1"]}
PATH = re.compile(r"^/apis/(?P<group>[^/]+)/(?P<version>[^/]+)(?P<rest>/.*)?$")
WORD = r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?"
KEY = rf"({WORD}/)?{WORD}"
REQUIREMENTS = [
    (re.compile(rf"^!({KEY})$"), lambda have, m: m[1] not in have),
    (re.compile(rf"^({KEY})$"), lambda have, m: m[1] in have),
    (re.compile(rf"^({KEY})==?({WORD})?$"), lambda have, m: have.get(m[1]) == (m[5] or "")),
    (re.compile(rf"^({KEY})!=({WORD})?$"), lambda have, m: have.get(m[1]) != (m[5] or "")),
    (re.compile(rf"^({KEY}) in \(([^()]+)\)$"), lambda have, m: have.get(m[1]) in words(m[5])),
    (re.compile(rf"^({KEY}) notin \(([^()]+)\)$"),
     lambda have, m: have.get(m[1]) not in words(m[5])),
]


class Plain(Exception):
    """An answer of the API server that is no Status object: plain text."""

    def __init__(self, code, text):
        super().__init__(text)
        self.code, self.text = code, text


def words(text):
    return [word.strip() for word in text.split(",")]


def selects(selector, have):
    """Whether labels satisfy a labelSelector; BadRequest when it is none."""
    result = True
    for part in re.findall(r"(?:[^,(]|\([^)]*\))+", selector):
        for form, holds in REQUIREMENTS:
            match = form.match(part.strip())
            if match:
                result = result and holds(have, match)
                break
        else:
            raise Refusal("BadRequest", f"unable to parse requirement: {part!r}")
    return result


class Metrics:
    """What the servers behind the three APIs know. A test gives it by set()."""

    def __init__(self):
        self.served, self.down = {}, []
        self.pods, self.nodes, self.custom, self.external = [], [], [], []
        self.resolution, self.lag, self.frozen_at = 0.2, 0.0, None
        self.labels_reported = True
        self.pending = {}  # what happens while nothing is measured

    def set(self, given):
        """`serve`: groups with their versions, or a list of groups; `down`: groups whose server
        does not answer; `frozen`: no measurement from now on; the rest: what is measured."""
        for name, value in given.items():
            if name == "serve":
                self.served = value if isinstance(value, dict) else {g: GROUPS[g] for g in value}
            elif name == "frozen":
                self.frozen_at = time.time() if value else None
                vars(self).update({} if value else self.pending)
                self.pending = {}
            elif self.frozen_at and name in ("pods", "nodes", "custom", "external"):
                self.pending[name] = value
            elif name in vars(self):
                setattr(self, name, value)
            else:
                raise KeyError(name)

    def stamp(self):
        """The end of the last measurement."""
        now = (self.frozen_at or time.time()) - self.lag
        at = datetime.datetime.fromtimestamp(now - now % self.resolution, datetime.timezone.utc)
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def answer(self, path, query, authorise):
        """The list at `path`, or None when it belongs to none of these APIs."""
        match = PATH.match(path)
        if not match or match["group"] not in GROUPS:
            return None
        group = match["group"]
        parts = [urllib.parse.unquote(part) for part in (match["rest"] or "").split("/")[1:]]
        verb, resource, space = self.right(group, parts)
        authorise(verb, resource, group, space)
        if match["version"] not in self.served.get(group, []):
            raise Plain(404, "404 page not found\n")
        if group in self.down:
            raise Plain(503, "service unavailable\n")
        kind, items = {"metrics.k8s.io": self.resource_list, "custom.metrics.k8s.io":
                       self.custom_list, "external.metrics.k8s.io": self.external_list}[group](
                           parts, query, match["version"])
        return {"kind": kind, "apiVersion": f"{group}/{match['version']}", "metadata": {},
                "items": items or None}

    @staticmethod
    def right(group, parts):
        """Verb, resource and namespace as the API server's authoriser takes them from a path."""
        space = parts[1] if parts[:1] == ["namespaces"] and len(parts) > 2 else ""
        parts = parts[2:] if space else parts
        if not parts:
            raise Refusal("NotFound", "the server could not find the requested resource")
        resource = "/".join(parts[:1] + parts[2:3])
        return ("get" if len(parts) > 1 else "list"), resource, space

    def resource_list(self, parts, query, _):
        selector = query.get("labelSelector", "")
        if parts == ["nodes"]:
            return "NodeMetricsList", [
                {"metadata": {"name": node["name"], **self.reported(node)},
                 "timestamp": self.stamp(), "window": "20.05s", "usage": node["usage"]}
                for node in self.nodes if selects(selector, node.get("labels", {}))]
        if len(parts) != 3 or parts[0] != "namespaces" or parts[2] != "pods":
            raise Refusal("NotFound", "the server could not find the requested resource")
        return "PodMetricsList", [
            {"metadata": {"name": pod["name"], "namespace": pod["namespace"], **self.reported(pod)},
             "timestamp": self.stamp(), "window": "15.123s",
             "containers": [{"name": name, "usage": usage}
                            for name, usage in pod["containers"].items()]}
            for pod in self.pods
            if pod["namespace"] == parts[1] and selects(selector, pod.get("labels", {}))]

    def reported(self, thing):
        """metrics-server tells labels from 0.6 on."""
        labels = thing.get("labels", {})
        return {"labels": labels} if labels and self.labels_reported else {}

    def custom_list(self, parts, query, version):
        space = parts[1] if parts[0] == "namespaces" else ""
        parts = parts[2:] if space else parts
        if space and parts[:1] == ["metrics"]:
            resource, name, metric = "namespaces", space, "/".join(parts[1:])
            space = ""
        elif len(parts) == 3:
            resource, name, metric = parts
        else:
            raise Refusal("NotFound", "the server could not find the requested resource")
        known = [v for v in self.custom if (v["resource"], v["metric"]) == (resource, metric)]
        found = [v for v in known if v.get("namespace", "") == space and name in ("*", v["name"])
                 and selects(query.get("labelSelector", "") if name == "*" else "",
                             v.get("labels", {}))
                 and selects(query.get("metricLabelSelector", ""), v.get("metric_labels", {}))]
        if not known or (name != "*" and not found):
            whose = resource if name == "*" else f"{resource} {name}"
            raise Refusal("NotFound", f"the server could not find the metric {metric} for {whose}")
        named = {"metricName": metric} if version == "v1beta1" else {"metric": {"name": metric}}
        return "MetricValueList", [
            {"describedObject": {"kind": value["kind"], "namespace": space, "name": value["name"],
                                 "apiVersion": "/v1"},
             **named, "timestamp": self.stamp(), "value": value["value"]} for value in found]

    def external_list(self, parts, query, _):
        if len(parts) != 3 or parts[0] != "namespaces":
            raise Refusal("NotFound", "the server could not find the requested resource")
        known = [v for v in self.external if v["metric"] == parts[2]]
        if not known:
            raise Refusal("NotFound", f"the server could not find the metric {parts[2]}")
        return "ExternalMetricValueList", [
            {"metricName": parts[2], "metricLabels": value.get("labels", {}),
             "timestamp": self.stamp(), "value": value["value"]}
            for value in known if value["namespace"] == parts[1]
            and selects(query.get("labelSelector", ""), value.get("labels", {}))]
