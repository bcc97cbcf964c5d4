"""A server behind the aggregation layer of a real API server: TLS, discovery, and the metrics APIs
as tests/fakes/kubernetes_metrics.py plays them. What stands before it (rights, routing, what is said
of a server that is gone) is the API server's own."""

import base64
import json
import os
import ssl
import subprocess
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../fakes"))

from kubernetes_metrics import GROUPS, Metrics, Plain  # noqa: E402
from kubernetes_objects import Refusal  # noqa: E402

SERVICE = "metrics.prod.svc"


class MetricsServer:
    def __init__(self, directory):
        self.metrics = Metrics()
        self.metrics.set({"serve": list(GROUPS)})
        self.certificate = os.path.join(directory, "metrics.pem")
        self.key = os.path.join(directory, "metrics.key")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                        "-keyout", self.key, "-out", self.certificate, "-subj", f"/CN={SERVICE}",
                        "-addext", f"subjectAltName=DNS:{SERVICE}"], check=True,
                       capture_output=True)
        self.server, self.port, self.asked = None, 0, []
        self.start()

    def start(self):
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def say(self, code, kind, text):
                self.send_response(code)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def do_GET(self):
                url = urllib.parse.urlsplit(self.path)
                outer.asked.append(urllib.parse.unquote(self.path))
                query = dict(urllib.parse.parse_qsl(url.query))
                try:
                    self.say(200, "application/json", json.dumps(outer.answer(url.path, query)))
                except Refusal as refusal:
                    self.say(refusal.code, "application/json", json.dumps(refusal.body()))
                except Plain as plain:
                    self.say(plain.code, "text/plain", plain.text)

        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                 do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, args=(0.05,)).start()

    def stop(self):
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def answer(self, path, query):
        parts = path.strip("/").split("/")
        if len(parts) == 3:  # discovery, which the API server asks to see whether we are there
            return {"kind": "APIResourceList", "apiVersion": "v1", "resources": [],
                    "groupVersion": f"{parts[1]}/{parts[2]}"}
        listed = self.metrics.answer(path, query, lambda *_: None)
        if listed is None:
            raise Plain(404, "404 page not found\n")
        return listed

    def api_service(self, group, version):
        """What makes the API server pass an API on to us."""
        with open(self.certificate, "rb") as file:
            bundle = base64.b64encode(file.read()).decode()
        return {"metadata": {"name": f"{version}.{group}"},
                "spec": {"group": group, "version": version, "caBundle": bundle,
                         "groupPriorityMinimum": 100, "versionPriority": 100,
                         "service": {"namespace": "prod", "name": "metrics", "port": self.port}}}

    def service(self):
        return {"metadata": {"name": "metrics"},
                "spec": {"type": "ExternalName", "externalName": "localhost",
                         "ports": [{"port": self.port}]}}
