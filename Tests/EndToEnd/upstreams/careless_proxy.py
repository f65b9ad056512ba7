"""A proxy that passes everything through and checks nothing: what the intermediary suite must find wanting.

usage: careless_proxy.py PORT UPSTREAM_PORT
"""
import http.client
import http.server
import sys


class Careless(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def forward(self):
        body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), 1 << 20))
        headers = {name: value for name, value in self.headers.items()
                   if name.lower() not in ("host", "origin", "connection", "transfer-encoding", "content-length")}
        upstream = http.client.HTTPConnection("127.0.0.1", UPSTREAM, timeout=20)
        upstream.request(self.command, "/mcp", body if self.command == "POST" else None, headers)
        answer = upstream.getresponse()
        is_stream = answer.getheader("content-type", "").startswith("text/event-stream")
        data = b"" if is_stream and self.command == "GET" else answer.read()
        self.send_response(answer.status)
        for name in ("Content-Type", "Mcp-Session-Id"):
            if answer.getheader(name):
                self.send_header(name, answer.getheader(name))
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        upstream.close()

    do_POST = do_GET = do_DELETE = do_PUT = forward

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    UPSTREAM = int(sys.argv[2])
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Careless).serve_forever()
