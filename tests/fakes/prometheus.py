#!/usr/bin/python3
"""A Prometheus server for tests, in a thread of its own, on loopback. It knows one number per
value of the label `tenant`, and two shapes of query: what has tenant="a", and what is grouped by
tenant and has tenant=~"a|b|c". Everything else gets the number of "". Samples are always fresh.

  server = FakePrometheus(number=lambda tenant: 7.0, delay=0.1)
  server.status = 503        # answers with it from now on; None: answers queries
  server.refuse_post = True  # 405
  server.listed = ["a", "b"] # the tenants of `count by (tenant) (...)`
  server.age = 3600          # of all samples, in seconds
  server.warnings = ["..."]  # with every answer
  server.close()             # refuses connections

`asked` holds (seconds, query, headers) of each request.
"""

import asyncio
import json
import re
import threading
import time
import urllib.parse

ONE = re.compile(r'tenant="([^"]*)"')
MANY = re.compile(r'tenant=~"([^"]*)"')


class FakePrometheus:
    def __init__(self, number=lambda tenant: 1.0, delay=0.0, port=0):
        self.number, self.delay, self.port = number, delay, port
        self.status, self.refuse_post, self.asked = None, False, []
        self.listed, self.age, self.warnings = [], 0, []
        self.open = self.most_open = 0
        self.loop = asyncio.new_event_loop()
        started = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self.thread.start()
        started.wait(10)

    def _run(self, started):
        asyncio.set_event_loop(self.loop)
        self.server = self.loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", self.port, backlog=1024,
                                 limit=1 << 20))
        self.port = self.server.sockets[0].getsockname()[1]
        started.set()
        self.loop.run_forever()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.close()

    def close(self):
        if self.thread.is_alive():
            self.loop.call_soon_threadsafe(self.server.close)
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join(10)

    async def _serve(self, reader, writer):
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            while await self._answer(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self.open -= 1
            writer.close()

    async def _answer(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = head.split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        headers = {name.lower(): value for name, value in
                   (line.split(": ", 1) for line in lines[1:] if ": " in line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        form = body.decode() if method == "POST" else target.partition("?")[2]
        fields = {name: value for name, _, value in
                  (pair.partition("=") for pair in form.split("&"))}
        query = urllib.parse.unquote(fields.get("query", ""))
        self.asked.append((time.monotonic(), query, headers))
        if self.delay:
            await asyncio.sleep(self.delay)
        status, text = 200, b""
        if self.refuse_post and method == "POST":
            status = 405
        elif self.status is not None:
            status = self.status
        else:
            text = json.dumps(self._evaluate(query), separators=(",", ":")).encode()
        writer.write(b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\n"
                     b"Content-Length: %d\r\n\r\n" % (status, len(text)) + text)
        await writer.drain()
        return True

    def _evaluate(self, query):
        now = time.time()
        is_age = query.startswith("label_replace(max")
        common = {"selector": "0"} if is_age else {}
        if query.startswith("count by (tenant)"):
            return self._answer_with([{"metric": {"tenant": tenant}, "value": [now, "1"]}
                                      for tenant in self.listed])
        many, one = MANY.search(query), ONE.search(query)
        tenants = many.group(1).replace("\\\\", "").split("|") if many else \
            [one.group(1) if one else ""]
        result = []
        for tenant in tenants:
            number = now - self.age if is_age else self.number(tenant)
            if number is not None:
                labels = {"tenant": tenant, **common} if many else common
                result.append({"metric": labels, "value": [now, repr(number)]})
        return self._answer_with(result)

    def _answer_with(self, result):
        answer = {"status": "success", "data": {"resultType": "vector", "result": result}}
        return {**answer, "warnings": self.warnings} if self.warnings else answer
