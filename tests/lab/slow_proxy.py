#!/usr/bin/env python3
"""A proxy that stretches the gaps of a streamed answer by a known factor.

  python slow_proxy.py http://127.0.0.1:8080 --port 8081 --factor 1.10

What the server sends at t after its first piece of body leaves here at factor
times t; the first piece is not held back. With `--pace MS` the n-th piece counts as
sent no sooner than n·MS, for servers whose gaps are short against the noise. With `--factor 1` it is the other side
of a comparison: the same way through a proxy, with gaps as they are. It ends
with Ctrl-C. One thread a connection; nothing is changed but the time.
"""
import argparse
import http.client
import queue
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

HOP = {"connection", "transfer-encoding", "keep-alive", "content-length"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    upstream = None
    factor = 1.0
    pace = 0.0

    def setup(self):
        super().setup()
        self.connection.setsockopt(6, 1, 1)  # TCP_NODELAY
        self.wbufsize = 0

    def forward(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        server = http.client.HTTPConnection(self.upstream.hostname, self.upstream.port)
        headers = {k: v for k, v in self.headers.items() if k.lower() not in {"host", "connection"}}
        server.request(self.command, self.path, body or None, headers)
        answer = server.getresponse()
        pieces = queue.Queue()
        threading.Thread(target=read, args=(answer, pieces), daemon=True).start()
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in HOP:
                self.send_header(name, value)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        first, count = None, 0
        while (piece := pieces.get()) is not None:
            arrived, data = piece
            first = arrived if first is None else first
            due = first + self.factor * max(arrived - first, count * self.pace)
            count += 1
            time.sleep(max(0.0, due - time.monotonic()))
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.write(b"0\r\n\r\n")
        server.close()

    do_GET = do_POST = forward

    def log_message(self, *_):
        pass


def read(answer, pieces):
    """Stamps each piece when it comes, whatever the writing side is waiting for."""
    while data := answer.read1(1 << 16):
        pieces.put((time.monotonic(), data))
    pieces.put(None)


def main():
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("upstream")
    words.add_argument("--port", type=int, default=8081)
    words.add_argument("--factor", type=float, default=1.10)
    words.add_argument("--pace", type=float, default=0.0, metavar="MS")
    given = words.parse_args()
    Handler.upstream, Handler.factor = urlsplit(given.upstream), given.factor
    Handler.pace = given.pace / 1000
    server = ThreadingHTTPServer(("127.0.0.1", given.port), Handler)
    server.daemon_threads = True
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
