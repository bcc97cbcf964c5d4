"""A name server on loopback, port 53 of an address of its own, over UDP (RFC 1035, RFC 2782).

`records` has, by name, a list of ("A", "127.0.0.1") and ("SRV", port, "host") rows. A name it does
not have does not exist (NXDOMAIN). `fault` has, by name, what happens instead of an answer:
"silence", "servfail" or "cut" (the answer is broken off).
"""

import os
import socket
import struct
import threading

A, SRV = 1, 33
OK, SERVFAIL, NXDOMAIN = 0, 2, 3


def packed_name(name):
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"


def packed_record(row):
    """Type and data."""
    if row[0] == "A":
        return A, socket.inet_aton(row[1])
    return SRV, struct.pack(">HHH", 0, 0, row[1]) + packed_name(row[2])


class NameServer:
    def __init__(self):
        self.records, self.fault, self.asked = {}, {}, []
        self.address = f"127.53.{os.getpid() // 250 % 250}.{1 + os.getpid() % 250}"
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((self.address, 53))
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            question, peer = self.socket.recvfrom(512)
            if not question:  # close() wakes it
                return
            answer = self.answer(question)
            if answer is not None:
                self.socket.sendto(answer, peer)

    def answer(self, question):
        at, parts = 12, []
        while question[at]:
            parts.append(question[at + 1:at + 1 + question[at]].decode().lower())
            at += 1 + question[at]
        name, kind = ".".join(parts), struct.unpack(">H", question[at + 1:at + 3])[0]
        self.asked.append(name)
        fault = self.fault.get(name)
        if fault == "silence":
            return None
        code = SERVFAIL if fault == "servfail" else OK if name in self.records else NXDOMAIN
        found = [] if code else [packed_record(row) for row in self.records[name]]
        found = [data for record, data in found if record == kind]
        head = question[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, len(found), 0, 0)
        rows = [b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 1, len(data)) + data for data in found]
        whole = head + question[12:at + 5] + b"".join(rows)
        return whole[:-3] if fault == "cut" else whole

    def close(self):
        self.socket.sendto(b"", (self.address, 53))
        self.thread.join()
        self.socket.close()
