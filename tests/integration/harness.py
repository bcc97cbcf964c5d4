"""Runs the real tided on loopback for a test: temporary directory, free ports, clean end by pid.

A test derives from `Case`, which has what most need: `self.daemon(TOML)`, `self.page()` (a metric
page whose numbers the test sets), `self.program([...])`, `self.eventually(...)`. In the policy file
@DIR@ is the temporary directory, @API@ the port of the HTTP interface. Nothing here sleeps for a
fixed time to let something happen: it waits for it, up to a deadline far beyond what is needed.
"""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BUILD = os.environ.get("TIDED_BUILD", os.path.join(os.path.dirname(__file__), "../../build/debug"))
TIDED = os.path.realpath(os.path.join(BUILD, "tided"))
WORKER = os.path.realpath(os.path.join(BUILD, "daemon/demo/demo_worker"))
LOAD = os.path.realpath(os.path.join(BUILD, "daemon/demo/demo_load"))
FAKES = os.path.realpath(os.path.join(os.path.dirname(__file__), "../fakes"))
PATIENCE = 30.0


_next_port = 20000 + os.getpid() * 41 % 10000


def free_ports(count=1):
    """The first of `count` consecutive ports that nobody listens on; none is given twice."""
    global _next_port
    for _ in range(2000):
        first, sockets = _next_port, []
        _next_port = first + count if first + 2 * count < 32000 else 20000
        try:
            for port in range(first, first + count):
                sockets.append(socket.socket())
                sockets[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                sockets[-1].bind(("127.0.0.1", port))
            return first
        except OSError:
            continue
        finally:
            for one in sockets:
                one.close()
    raise RuntimeError("no free ports")


def http_get(port, path, headers=None, timeout=5):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


class Page:
    """A metric page on loopback. `values` are its gauges; `up = False` makes it refuse, `silent =
    True` keeps it from answering at all."""

    def __init__(self, values, port=0):
        self.values, self.up, self.silent, self.asked = dict(values), True, False, 0
        page = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                page.asked += 1
                while page.silent:
                    time.sleep(0.02)
                text = "".join(f"{name} {value}\n" for name, value in page.values.items()).encode()
                self.send_response(200 if page.up else 500)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.silent = False
        self.server.shutdown()
        self.server.server_close()


class Daemon:
    """One tided process on one policy file; may be started again after it ended."""

    def __init__(self, directory, toml):
        self.directory, self.api = directory, free_ports()
        self.socket = os.path.join(directory, "control.sock")
        self.config = os.path.join(directory, "tided.toml")
        self.log_path = os.path.join(directory, "tided.log")
        self.process = None
        os.makedirs(os.path.join(directory, "state"), exist_ok=True)
        self.write(toml)

    def write(self, toml):
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(toml.replace("@DIR@", self.directory).replace("@API@", str(self.api)))

    def start(self, ready=True, pass_fds=(), under=(), **environment):
        """`under`: a command that becomes tided, which is added to it."""
        log = open(self.log_path, "ab")
        self.started = time.monotonic()
        self.process = subprocess.Popen([*under, TIDED, "run", "--config", self.config],
                                        stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                        pass_fds=pass_fds, env={**os.environ, **environment})
        log.close()
        if ready:
            self.wait_ready()
        return self

    def wait_ready(self, path="/-/healthy"):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise AssertionError(f"tided ended with {self.process.returncode}:\n{self.log()}")
            try:
                if http_get(self.api, path)[0] == 200:
                    return time.monotonic() - self.started
            except OSError:
                pass
            time.sleep(0.005)
        raise AssertionError(f"tided did not get ready ({path}):\n{self.log()}")

    def running(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        os.kill(self.process.pid, number)

    def wait(self, seconds=PATIENCE):
        return self.process.wait(seconds)

    def stop(self):
        """Ends it in good order; the exit status."""
        if self.running():
            self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self):
        if self.running():
            self.signal(signal.SIGKILL)
        return self.wait()

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def get(self, path):
        status, body = http_get(self.api, path)
        if status != 200:
            raise AssertionError(f"GET {path}: {status} {body}")
        return json.loads(body)

    def policy(self, name="web"):
        return self.get(f"/api/v1/policies/{name}")

    def decisions(self, **query):
        text = "&".join(f"{k}={v}" for k, v in query.items())
        found = self.get("/api/v1/decisions?" + text)
        return found["decisions"] if isinstance(found, dict) else found

    def metrics(self):
        """{'name{labels}': value} of its own page."""
        lines = http_get(self.api, "/metrics")[1].splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    def cli(self, *arguments, timeout=PATIENCE):
        done = subprocess.run([TIDED, *arguments, "--socket", self.socket], capture_output=True,
                              text=True, timeout=timeout, stdin=subprocess.DEVNULL, check=False)
        return done.returncode, done.stdout, done.stderr

    def children(self):
        """pids of live processes that a daemon of this directory started: they carry its mark."""
        mark = f"TIDED_TEST={self.directory}".encode()
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/environ", "rb") as file:
                    if mark not in file.read().split(b"\0"):
                        continue
                with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
                    if file.read().rsplit(")", 1)[1].split()[0] == "Z":
                        continue
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    argv = file.read().decode().rstrip("\0").split("\0")
                if argv != [""]:  # empty while it ends
                    found[int(pid)] = argv
            except OSError:
                continue
        return found


def run_tided(*arguments, text=None, timeout=PATIENCE, **environment):
    """Exit status, standard output and error of one command."""
    done = subprocess.run([TIDED, *arguments], input=text, capture_output=True, text=True,
                          timeout=timeout, env={**os.environ, **environment}, check=False)
    return done.returncode, done.stdout, done.stderr


class Case(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="tided-test-")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def daemon(self, toml, directory=None):
        daemon = Daemon(directory or self.directory, toml)
        self.addCleanup(self._end, daemon)
        return daemon

    def _end(self, daemon):
        if daemon.running():
            daemon.stop()
        for pid in daemon.children():  # kept ones, or what a failed test left
            os.kill(pid, signal.SIGKILL)

    def page(self, port=0, **values):
        page = Page(values, port)
        self.addCleanup(page.close)
        return page

    def program(self, argv, **options):
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, **options)

        def end():
            if process.poll() is None:
                process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()
        self.addCleanup(end)
        return process

    def eventually(self, check, what, seconds=PATIENCE):
        """Waits until `check()` is true (an error in it counts as not yet); its value."""
        end, last = time.monotonic() + seconds, None
        while time.monotonic() < end:
            try:
                last = check()
                if last:
                    return last
            except (OSError, AssertionError, KeyError, TypeError, ValueError) as error:
                last = error
            time.sleep(0.02)
        return self.fail(f"not within {seconds:.0f} s: {what} (last: {last!r})")

    def always(self, check, what, seconds):
        """Holds `check` for `seconds`."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.assertTrue(check(), what)
            time.sleep(0.05)


def pool_toml(page, *, keep=False, interval="200ms", minimum=1, maximum=8, extra=""):
    """A process pool of sleeping processes that follows the gauge `load` of `page`, 10 each."""
    return f"""
[daemon]
listen = "127.0.0.1:@API@"
control_socket = "@DIR@/control.sock"
state = "@DIR@/state"
interval = "{interval}"
mode = "act"

[source.page]
type = "scrape"
targets = ["127.0.0.1:{page.port}"]

[provider.here]
type = "process_pool"

[pool.web]
provider = "here"
command = ["/bin/sleep", "100000{{index}}"]
environment = {{ TIDED_TEST = "@DIR@" }}
stop_grace = "2s"
keep = {str(keep).lower()}

[policy.web]
pool = "web"
min = {minimum}
max = {maximum}
guards = {{ flapping = {{ turns = 0 }} }}  # the tests turn it round as fast as they can

[[policy.web.metric]]
name = "load"
query = "sum(load)"
source = "page"
target = {{ average_value = 10 }}
max_age = "2s"

[policy.web.behavior.scale_up]
policies = [{{ type = "pods", value = 100, period = "1s" }}]

[policy.web.behavior.scale_down]
stabilization = "0s"
policies = [{{ type = "percent", value = 100, period = "1s" }}]
{extra}
"""


def number_in(text, pattern):
    """The first group of `pattern` in `text` as a float."""
    found = re.search(pattern, text)
    if found is None:
        raise AssertionError(f"{pattern!r} not in {text!r}")
    return float(found.group(1))


if __name__ == "__main__":
    print(TIDED)
