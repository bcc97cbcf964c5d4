#!/usr/bin/python3
"""Pages that no exporter should send: each ends in one clear error, memory stays bounded, and what
another source says is followed all the while."""

import itertools
import mmap
import re
import socket
import threading
import unittest
import zlib

from harness import TIDED, Case, pool_toml

TEXT = "Content-Type: text/plain; version=0.0.4\r\n"
MIB = 1 << 20
BLOCK = "".join(f'hostile{{n="{i:07}"}} 1\n' for i in range(40_000)).encode()  # near 1 MiB


def head(*lines):
    return ("HTTP/1.1 200 OK\r\n" + "".join(lines) + "\r\n").encode()


def chunk(data):
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def series(count):
    """So many different ones, in blocks."""
    for first in range(0, count, 20_000):
        yield "".join(f"hostile{{n=\"{i}\"}} 1\n"
                      for i in range(first, min(count, first + 20_000))).encode()


def hundred_megabytes():
    yield head(TEXT, f"Content-Length: {100 * MIB}\r\n")
    for _ in range(100):
        yield BLOCK.ljust(MIB, b"\n")


def ten_million_series():
    """Compressed, as 170 MB of pages travel."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    yield head(TEXT, "Content-Encoding: gzip\r\n", "Connection: close\r\n")
    yield from filter(None, (packer.compress(block) for block in series(10_000_000)))
    yield packer.flush()


def too_many_samples():
    yield head(TEXT, "Transfer-Encoding: chunked\r\n")
    yield from map(chunk, series(500_001))
    yield b"0\r\n\r\n"


def endless():
    yield head(TEXT, "Transfer-Encoding: chunked\r\n")
    yield from itertools.repeat(chunk(BLOCK))


def drip():
    yield head(TEXT, "Content-Length: 1000000\r\n")
    yield from itertools.repeat(b"a")


def whole(*headers, body, status="200 OK"):
    def answer():
        yield (f"HTTP/1.1 {status}\r\n" + "".join(headers) +
               f"Content-Length: {len(body)}\r\n\r\n{body}").encode()
    return answer


def never():
    return iter(())


TOO_LARGE = "the answer is larger than the limit of 67108864 bytes"
HTML = "<!DOCTYPE html>\n<html><body>Bad gateway</body></html>\n"
PAGES = {  # name: the answer, and what the source's last error must say
    "megabytes": (hundred_megabytes, TOO_LARGE),
    "series": (ten_million_series, TOO_LARGE),
    "samples": (too_many_samples, r"it has more than 500000 samples, the source's sample_limit"),
    "endless": (endless, TOO_LARGE),
    "drip": (drip, r"the answer was not complete, timed out after 10s"),
    "silent": (never, r"no answer, timed out after 10s"),
    "json": (whole("Content-Type: application/json\r\n", body='{"hostile": 1}'), r"got JSON: is the path right\?"),
    "website": (whole("Content-Type: text/html\r\n", body=HTML), r"got an HTML page: is the path right\?"),
    "gateway": (whole("Content-Type: text/html\r\n", body=HTML, status="502 Bad Gateway"), r"expected HTTP status 200, got 502"),
    "cut": (whole(TEXT, body="hostile 1\nhostile{"), r"2:9: expected"),
    "long": (whole(TEXT, body="hostile{x=\"" + "y" * 5000 + "\"} 1\n"), r"label_length_limit"),
}


class Server:
    """One listener; the path says which page."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.closed = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection):
        with connection:
            try:
                name = re.match(rb"GET /(\w+) ", connection.recv(65536)).group(1).decode()
                for piece in PAGES[name][0]():
                    connection.sendall(piece)
                    if len(piece) == 1 and self.closed.wait(0.01):  # a drip
                        return
                if name in ("silent", "series"):
                    connection.settimeout(30)
                    connection.recv(1) if name == "silent" else None
            except OSError:
                pass

    def close(self):
        self.closed.set()
        self.listener.close()


def hostile_toml(server):
    return "".join(f"""
[source.{name}]
type = "scrape"
targets = ["http://127.0.0.1:{server.port}/{name}"]
interval = "10s"
timeout = "10s"

[[policy.web.metric]]
name = "{name}"
query = "sum(hostile)"
source = "{name}"
target = {{ average_value = 10 }}
""" for name in PAGES)


def is_sanitized():
    """Whether the binary keeps shadow memory."""
    with open(TIDED, "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as binary:
        return any(binary.find(name) >= 0 for name in (b"libasan.so", b"libtsan.so"))


class HostilePages(Case):
    def peak_mib(self, daemon):
        with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as file:
            return int(re.search(r"VmHWM:\s+(\d+)", file.read()).group(1)) / 1024

    def errors(self, daemon):
        return {source["name"]: source["last_error"] or ""
                for source in daemon.get("/api/v1/status")["sources"]}

    def test_each_is_one_error_and_disturbs_nothing(self):
        server = Server()
        self.addCleanup(server.close)
        page = self.page(load=25)
        daemon = self.daemon(pool_toml(page) + hostile_toml(server)).start()
        self.eventually(lambda: daemon.policy()["ready"] == 3, "3 for a load of 25")
        for name, (_, expected) in PAGES.items():
            self.eventually(lambda name=name, expected=expected:
                            re.search(expected, self.errors(daemon)[name]),
                            f"{name} is refused by: {expected}")
        errors = self.errors(daemon)
        for name in PAGES:
            self.assertLess(len(errors[name]), 400, errors[name])
            self.assertNotIn("\n", errors[name])
        page.values["load"] = 55
        self.eventually(lambda: daemon.policy()["ready"] == 6, "the good source is followed")
        refused = 'tided_source_limit_refusals_total{limit="%s",source="%s"}'
        metrics = daemon.metrics()
        self.assertGreater(metrics[refused % ("sample_limit", "samples")], 0)
        self.assertGreater(metrics[refused % ("label_length_limit", "long")], 0)
        if not is_sanitized():  # four bodies of 64 MiB at most at once, and what reading them takes
            self.assertLess(self.peak_mib(daemon), 600)

    def test_a_series_twice_on_a_page_counts_once(self):
        server_page = 'load{a="1"} 20\nload{a="1"} 90\n'
        PAGES["twice"] = (whole(TEXT, body=server_page), "")
        self.addCleanup(PAGES.pop, "twice")
        server = Server()
        self.addCleanup(server.close)
        page = self.page(load=0)
        toml = pool_toml(page).replace(f'"127.0.0.1:{page.port}"',
                                       f'"http://127.0.0.1:{server.port}/twice"')
        daemon = self.daemon(toml).start()
        self.eventually(lambda: daemon.policy()["ready"] == 2, "2 for a load of 20")
        odd = 'tided_source_odd_samples_total{kind="conflicting",source="page"}'
        self.eventually(lambda: daemon.metrics()[odd] > 0, "the second is counted")


if __name__ == "__main__":
    unittest.main()
