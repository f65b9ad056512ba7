"""An MCP server over HTTP whose tools are named after what goes wrong with their answers.

usage: http_peer.py PORT JOURNAL
"""
import http.server
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from peer import Journal, reply, success  # noqa: E402


class Peer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    journal: Journal

    def do_GET(self):
        self.note(None)
        self.send(b"", status=405)

    do_DELETE = do_PUT = do_GET

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            message = json.loads(body)
        except ValueError:
            self.note(body.decode("utf-8", "replace"))
            return self.send(b"", status=400)
        self.note(message)
        if self.path != "/mcp":
            return self.json(success(message, "from another place"))
        if message.get("method") == "tools/call":
            return getattr(Fault, message["params"]["name"])(self, message)
        result = reply(message, TOOLS)
        if result is None:
            return self.send(b"", status=202)
        more = {"Mcp-Session-Id": os.urandom(8).hex()} if message["method"] == "initialize" else {}
        self.json({"jsonrpc": "2.0", "id": message["id"], "result": result}, headers=more)

    def note(self, body):
        self.journal.note(method=self.command, path=self.path, headers=[[k.lower(), v] for k, v in self.headers.items()],
                          body=body)

    def json(self, value, **more):
        self.send(json.dumps(value).encode(), **more)

    def send(self, body, status=200, kind="application/json", headers=None, length=None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def events(self, *messages):
        """The start of an event stream without an end."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for message in messages:
            text = message if isinstance(message, str) else json.dumps(message)
            data = f"event: message\ndata: {text}\n\n".encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def hang_up(self):
        self.close_connection = True

    def wait_for_the_caller_to_leave(self):
        """Blocks until the other side closes: longer than any timeout, without a clock."""
        while self.rfile.read(1):
            pass
        self.hang_up()

    def log_message(self, *_):
        pass


class Fault:
    """One function per tool."""

    def works(self, message):
        self.json(success(message))

    def works_by_events(self, message):
        self.events(success(message))
        self.wfile.write(b"0\r\n\r\n")

    def reports_an_error(self, message):
        answer = success(message, "no such invoice")
        answer["result"]["isError"] = True
        self.json(answer)

    def refuses(self, message):
        self.json({"jsonrpc": "2.0", "id": message["id"], "error": {"code": -32000, "message": "not today"}})

    def never_answers(self, message):
        self.wait_for_the_caller_to_leave()

    def never_finishes_its_head(self, message):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
        self.wait_for_the_caller_to_leave()

    def never_finishes_its_body(self, message):
        body = json.dumps(success(message)).encode()
        self.send(body[:20], length=len(body))
        self.wait_for_the_caller_to_leave()

    def drips(self, message):
        """Sends a byte whenever nothing else happens: only a deadline for the whole answer ends this."""
        self.send(b"", length=60_000)
        self.connection.settimeout(0.05)
        while True:
            try:
                if not self.connection.recv(1):
                    return self.hang_up()
            except TimeoutError:
                try:
                    self.wfile.write(b" ")
                except OSError:
                    return self.hang_up()
            except OSError:
                return self.hang_up()

    def never_finishes_its_events(self, message):
        self.events({"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": "x"}})
        self.wait_for_the_caller_to_leave()

    def dies_before_it_answers(self, message):
        self.hang_up()

    def dies_in_its_head(self, message):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Ty")
        self.hang_up()

    def dies_in_its_body(self, message):
        body = json.dumps(success(message)).encode()
        self.send(body[:20], length=len(body))
        self.hang_up()

    def dies_in_its_events(self, message):
        self.events({"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": "x"}})
        self.hang_up()

    def ends_its_events_without_an_answer(self, message):
        self.events()
        self.wfile.write(b"0\r\n\r\n")

    def answers_no_json(self, message):
        self.send(b"{not json")

    def answers_cut_json(self, message):
        self.send(json.dumps(success(message)).encode()[:-2])

    def answers_nothing(self, message):
        self.send(b"")

    def answers_html(self, message):
        self.send(b"<html>maintenance</html>", kind="text/html")

    def answers_no_http(self, message):
        self.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
        self.hang_up()

    def answers_with_another_id(self, message):
        self.json({**success(message), "id": message["id"] + 1000})

    def answers_with_its_id_as_text(self, message):
        self.json({**success(message), "id": str(message["id"])})

    def answers_with_a_batch(self, message):
        self.json([success(message)])

    def answers_result_and_error(self, message):
        self.json({**success(message), "error": {"code": 1, "message": "both"}})

    def answers_a_key_twice(self, message):
        text = json.dumps(success(message))
        self.send(text.replace('"isError": false', '"isError": false, "isError": true').encode())

    def answers_without_content(self, message):
        answer = success(message)
        answer["result"]["content"] = "text"
        self.json(answer)

    def answers_invalid_utf8(self, message):
        self.send(json.dumps(success(message, "X")).encode().replace(b"X", b"\xff\xfe"))

    def answers_encoded(self, message):
        self.send(b"\x1f\x8b\x08\x00", headers={"Content-Encoding": "gzip"})

    def answers_garbage_events(self, message):
        self.events("{not json")
        self.wait_for_the_caller_to_leave()

    def is_too_large(self, message):
        self.json(success(message, "x" * 200_000))

    def is_too_large_without_saying_so(self, message):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"1000\r\n" + b" " * 4096 + b"\r\n")
        except OSError:
            self.hang_up()

    def is_too_large_by_events(self, message):
        try:
            self.events("{" + " " * 200_000)
            self.wait_for_the_caller_to_leave()
        except OSError:
            self.hang_up()

    def has_endless_headers(self, message):
        try:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while True:
                self.wfile.write(b"X-More: " + b"y" * 1000 + b"\r\n")
        except OSError:
            self.hang_up()

    def redirects(self, message):
        self.send(b"", status=307, headers={"Location": f"http://127.0.0.1:{PORT}/elsewhere"})

    def redirects_to_get(self, message):
        self.send(b"", status=303, headers={"Location": "/elsewhere"})

    def wants_credentials(self, message):
        self.send(b"", status=401, headers={"WWW-Authenticate": "Bearer"})

    def forbids(self, message):
        self.send(b"", status=403)

    def fails(self, message):
        self.send(b"<html>500</html>", status=500, kind="text/html")

    def succeeds_with_status_500(self, message):
        self.json(success(message), status=500)

    def accepts_only(self, message):
        self.send(b"", status=202)


TOOLS = [name for name in vars(Fault) if not name.startswith("_")]


if __name__ == "__main__":
    PORT = int(sys.argv[1])
    Peer.journal = Journal(sys.argv[2])
    http.server.ThreadingHTTPServer.request_queue_size = 128
    http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Peer).serve_forever()
