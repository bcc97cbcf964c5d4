#!/usr/bin/python3
"""A Kubernetes API server for tests, on loopback. Prints its port on the first line.

  kubernetes.py [--port N] [--token T] [--tls-cert F --tls-key F [--client-ca F]] [--ready-delay S]

Serves discovery, objects and their scale subresource of deployments, statefulsets, replicasets,
replicationcontrollers and custom resources, and lists and watches of pods: see
kubernetes_objects.py and kubernetes_pods.py; the metrics APIs: see kubernetes_metrics.py.

Tests steer it on /_fake/ (no credentials needed):
  POST /_fake/faults   {"method","path" (regex),"times" (1; -1 always), then one of
                        "status"+"retry_after" | "delay" | "hang" | "cut" (bytes) | "reset",
                        "after": true = the request is carried out first}     DELETE: none
  GET  /_fake/log      every request: method, path, query, type, body, status   DELETE: forget
  POST /_fake/objects  {"group","version","plural","namespace","object"}
  POST /_fake/resources {"group","version","plural","kind","scale": true}: a custom resource
  POST /_fake/scale    {"group","version","plural","namespace","name","replicas"}: somebody else
  POST /_fake/token    {"token"}: the old one is refused from now on
  POST /_fake/rbac     {"deny": [{"verb","resource": "deployments/scale"}]}
  POST /_fake/settings {"ready_delay"}
  POST /_fake/metrics  {"serve","down","pods","nodes","custom","external","frozen","lag",
                        "labels_reported"}: see Metrics.set
  POST /_fake/pod      {"namespace","name","ip","port","labels"}: a pod to be found   DELETE: it goes
  POST /_fake/forget   the history of pods is compacted (410), watches end
"""

import argparse
import json
import os
import re
import socket
import ssl
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kubernetes_metrics import Metrics, Plain  # noqa: E402
from kubernetes_objects import Cluster, Refusal, patched  # noqa: E402
from kubernetes_pods import WatchedPods  # noqa: E402

OBJECT = re.compile(r"^(?:/api/(?P<core>v1)|/apis/(?P<group>[^/]+)/(?P<version>[^/]+))"
                    r"(?:/namespaces/(?P<ns>[^/]+))?/(?P<plural>[^/]+)"
                    r"(?:/(?P<name>[^/]+)(?:/(?P<sub>scale|status))?)?$")
VERBS = {"GET": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


class State:
    """What all connections share; `lock` guards it."""

    def __init__(self, token, ready_delay):
        self.lock = threading.Lock()
        self.cluster = Cluster(ready_delay)
        self.metrics = Metrics()
        self.token = token
        self.watched = WatchedPods()
        self.deny, self.faults, self.log = [], [], []

    def take_fault(self, method, path):
        for fault in self.faults:
            if fault.get("method", method) == method and re.search(fault.get("path", ""), path):
                fault["times"] = fault.get("times", 1) - 1
                if fault["times"] == 0:
                    self.faults.remove(fault)
                return fault
        return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state = None  # set by serve()

    def log_message(self, *_):
        pass

    def answer(self, code, body, headers=None, cut=None):
        data = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(data if cut is None else data[:cut])
        if cut is not None:
            self.close_connection = True

    def answer_plain(self, plain):
        data = plain.text.encode()
        self.send_response(plain.code)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def refuse(self, refusal):
        headers = {}
        if refusal.retry_after is not None:
            headers["Retry-After"] = refusal.retry_after
        self.answer(refusal.code, refusal.body(), headers)

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()

    def handle_one(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        text = self.body()
        if url.path.startswith("/_fake/"):
            with self.state.lock:
                self.answer(200, self.steer(url.path[7:], json.loads(text or "{}")))
            return
        entry = {"method": self.command, "path": url.path, "query": query, "body": text,
                 "type": self.headers.get("Content-Type", ""), "at": time.time(), "status": 0}
        with self.state.lock:
            self.state.log.append(entry)
            fault = self.state.take_fault(self.command, url.path)
        if fault and not fault.get("after") and self.fail(fault, entry):
            return
        try:
            with self.state.lock:
                self.authenticate()
                code, reply = self.serve(url.path, query, text)
        except Refusal as refusal:
            entry["status"] = refusal.code
            self.refuse(refusal)
            return
        except Plain as plain:
            entry["status"] = plain.code
            self.answer_plain(plain)
            return
        entry["status"] = code
        if "watch" in query:
            self.watch(url.path, query)
            return
        if not (fault and fault.get("after") and self.fail(fault, entry)):
            cut = fault.get("cut") if fault else None
            self.answer(code, reply, cut=cut)

    def watch(self, path, query):
        """Streams the events of pods until the time is up or the fake is told to stop."""
        namespace, labels = OBJECT.match(path)["ns"], self.labels_in(query)
        at = int(query["resourceVersion"])
        end = time.monotonic() + int(query.get("timeoutSeconds", 60))
        with self.state.lock:
            generation = self.state.watched.generation
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while time.monotonic() < end:
            with self.state.lock:
                if self.state.watched.generation != generation:
                    break
                events = self.state.watched.since(at, namespace, labels)
            if events is None:
                events = [(at, "ERROR", Refusal("Gone", "too old resource version").body())]
                end = 0
            for at, kind, pod in events:
                line = json.dumps({"type": kind, "object": pod}).encode() + b"\n"
                self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
            time.sleep(0.02)
        self.wfile.write(b"0\r\n\r\n")

    @staticmethod
    def labels_in(query):
        return dict(part.split("=", 1) for part in query.get("labelSelector", "").split(",")
                    if "=" in part)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one

    def fail(self, fault, entry):
        """Plays a fault; False if the request shall be answered all the same."""
        if "delay" in fault:
            time.sleep(fault["delay"])
            return False
        if "hang" in fault:
            time.sleep(fault["hang"])
            self.close_connection = True
            return True
        if fault.get("reset"):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            self.connection.close()
            self.close_connection = True
            return True
        if "cut" in fault:
            return False  # carried out; the answer is cut short
        reasons = {401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 409: "Conflict",
                   415: "UnsupportedMediaType", 422: "Invalid", 429: "TooManyRequests",
                   500: "InternalError", 503: "ServiceUnavailable"}
        entry["status"] = fault["status"]
        self.refuse(Refusal(reasons[fault["status"]], fault.get("message", "injected"),
                            retry_after=fault.get("retry_after")))
        return True

    def authenticate(self):
        token = self.state.token
        if token and self.headers.get("Authorization") != f"Bearer {token}":
            raise Refusal("Unauthorized", "Unauthorized")

    def authorise(self, verb, resource, namespace, name):
        for rule in self.state.deny:
            if rule["verb"] in (verb, "*") and rule["resource"] == resource:
                raise Refusal("Forbidden", f'{resource} "{name}" is forbidden: User "tided" cannot '
                              f'{verb} resource "{resource}" in the namespace "{namespace}"',
                              name=name, kind=resource)

    def authorise_metrics(self, verb, resource, group, namespace):
        for rule in self.state.deny:
            if rule["verb"] in (verb, "*") and rule["resource"] == f"{resource}.{group}":
                where = f' in the namespace "{namespace}"' if namespace else " at the cluster scope"
                raise Refusal("Forbidden", f'{resource}.{group} is forbidden: User "tided" cannot '
                              f'{verb} resource "{resource}" in API group "{group}"{where}',
                              kind=resource, group=group)

    def serve(self, path, query, text):
        measured = self.state.metrics.answer(path, query, self.authorise_metrics)
        if measured is not None:
            if self.command != "GET":
                raise Refusal("MethodNotAllowed", "the server does not allow this method")
            return 200, measured
        cluster, now = self.state.cluster, time.monotonic()
        cluster.settle(now)
        if path in ("/version", "/readyz", "/livez"):
            return 200, {"major": "1", "minor": "30", "gitVersion": "v1.30.0"}
        discovery = re.match(r"^(?:/api/(v1)|/apis/([^/]+)/([^/]+))$", path)
        if discovery:
            return 200, self.discover(*discovery.groups())
        match = OBJECT.match(path)
        if not match:
            raise Refusal("NotFound", "the server could not find the requested resource")
        group, version = match["group"] or "", match["core"] or match["version"]
        if (group, match["plural"]) == ("", "pods"):
            return 200, self.pods(match["ns"], query, now)
        resource = cluster.resource(group, version, match["plural"])
        what = resource.plural + (f"/{match['sub']}" if match["sub"] else "")
        self.authorise(VERBS[self.command], what, match["ns"], match["name"] or "")
        if not match["name"]:
            return self.collection(resource, match["ns"], text, now)
        return self.single(resource, match, query, text, now)

    def discover(self, core, group, version):
        key = ("", core) if core else (group, version)
        found = [r for r in self.state.cluster.resources.values() if (r.group, r.version) == key]
        if not found:
            raise Refusal("NotFound", "the server could not find the requested resource")
        rows = [{"name": r.plural, "kind": r.kind, "namespaced": True} for r in found]
        rows += [{"name": r.plural + "/scale", "group": "autoscaling", "version": "v1",
                  "kind": "Scale", "namespaced": True} for r in found if r.scalable]
        return {"kind": "APIResourceList", "groupVersion": found[0].api_version, "resources": rows}

    def pods(self, namespace, query, now):
        labels = self.labels_in(query)
        items = self.state.cluster.pod_list(namespace, labels, now)
        items += self.state.watched.list(namespace, labels)
        field = query.get("fieldSelector", "")
        if field.startswith("status.phase="):
            items = [pod for pod in items if pod["status"]["phase"] == field.split("=")[1]]
        start = int(query.get("continue") or 0)
        limit = int(query.get("limit") or 0) or len(items)
        meta = {"resourceVersion": str(self.state.cluster.revision)}
        if start + limit < len(items):
            meta.update({"continue": str(start + limit),
                         "remainingItemCount": len(items) - start - limit})
        return {"kind": "PodList", "apiVersion": "v1", "metadata": meta,
                "items": items[start:start + limit]}

    def collection(self, resource, namespace, text, now):
        cluster = self.state.cluster
        if self.command == "GET":
            return 200, {"kind": resource.kind + "List", "apiVersion": resource.api_version,
                         "metadata": {"resourceVersion": str(cluster.revision)},
                         "items": cluster.list(resource, namespace)}
        if self.command == "POST":
            return 201, cluster.create(resource, namespace, json.loads(text), now)
        raise Refusal("MethodNotAllowed", "the server does not allow this method")

    def single(self, resource, match, query, text, now):
        cluster = self.state.cluster
        scale = match["sub"] == "scale"
        if scale and not resource.scalable:
            raise Refusal("NotFound", "the server could not find the requested resource")
        thing = cluster.find(resource, match["ns"], match["name"])
        shown = cluster.scale_of(thing) if scale else thing
        if self.command == "GET":
            return 200, shown
        if self.command == "DELETE" and not scale:
            cluster.remove(resource, match["ns"], match["name"])
            return 200, {"kind": "Status", "apiVersion": "v1", "status": "Success"}
        if self.command not in ("PUT", "PATCH"):
            raise Refusal("MethodNotAllowed", "the server does not allow this method")
        given = self.parsed(text)
        kind = self.headers.get("Content-Type", "").split(";")[0].strip()
        if self.command == "PATCH":
            patched_version = given if isinstance(given, dict) else {}
            cluster.check_version(thing, patched_version)
            given = patched(shown, kind, given, resource.custom)
        elif kind not in ("application/json", ""):
            raise Refusal("UnsupportedMediaType", f"unknown media type {kind}")
        else:
            self.check_put(given, match["name"], "Scale" if scale else resource.kind)
            cluster.check_version(thing, given)
        spec = dict(thing["spec"], replicas=given.get("spec", {}).get("replicas", 0)) \
            if scale else given.get("spec", {})
        if query.get("dryRun") != "All":
            cluster.set_spec(thing, spec, now)
        return 200, cluster.scale_of(thing) if scale else thing

    @staticmethod
    def parsed(text):
        try:
            return json.loads(text)
        except ValueError as error:
            raise Refusal("BadRequest", f"couldn't get version/kind; json parse error: {error}")

    @staticmethod
    def check_put(given, name, kind):
        if given.get("kind", kind) != kind:
            raise Refusal("BadRequest", f"{given['kind']} in version is not {kind}")
        if given.get("metadata", {}).get("name", name) != name:
            raise Refusal("BadRequest", "the name of the object does not match the name on the URL")

    def steer(self, what, given):
        state, cluster, now = self.state, self.state.cluster, time.monotonic()
        if what == "log":
            log = list(state.log)
            if self.command == "DELETE":
                state.log.clear()
            return log
        if what == "faults":
            state.faults[:] = [] if self.command == "DELETE" else state.faults + [given]
        elif what == "token":
            state.token = given["token"]
        elif what == "rbac":
            state.deny = given["deny"]
        elif what in ("pod", "forget"):
            cluster.revision += 1
            state.watched.steer(self.command, what, given, cluster.revision)
        elif what == "settings":
            cluster.ready_delay = given["ready_delay"]
        elif what == "metrics":
            state.metrics.set(given)
        elif what == "resources":
            cluster.define(given["group"], given["version"], given["plural"], given["kind"],
                           given["scale"])
        elif what in ("objects", "scale"):
            resource = cluster.resource(given["group"], given["version"], given["plural"])
            if what == "objects":
                return cluster.create(resource, given["namespace"], given["object"], now)
            thing = cluster.find(resource, given["namespace"], given["name"])
            cluster.set_spec(thing, dict(thing["spec"], replicas=given["replicas"]), now)
        return {}


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024  # hundreds of pools are looked at at once

    def handle_error(self, request, client_address):
        pass  # a client that goes away in mid-answer is part of the tests


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default="")
    parser.add_argument("--tls-cert")
    parser.add_argument("--tls-key")
    parser.add_argument("--client-ca")
    parser.add_argument("--ready-delay", type=float, default=0.2)
    options = parser.parse_args()
    server = Server(("127.0.0.1", options.port), Handler)
    Handler.state = State(options.token, options.ready_delay)
    if options.tls_cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.tls_cert, options.tls_key)
        if options.client_ca:
            context.load_verify_locations(options.client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
        server.socket = context.wrap_socket(server.socket, server_side=True,
                                            do_handshake_on_connect=False)
    print(server.server_address[1], flush=True)
    server.serve_forever(poll_interval=0.1)


if __name__ == "__main__":
    main()
