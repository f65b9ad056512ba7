"""The other side of a sink: Splunk's HEC, Elastic's _bulk, an OTLP collector (HTTP), and a syslog server (TLS).

Usage: sink_receiver.py PORT OUT MODE [CERTIFICATE KEY]. What it acknowledges it has appended to OUT and synchronised, one
line {"index", "id", "origin"} for each record. The file MODE says how it behaves; it is read for every batch.
"""
import json
import os
import socket
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT, OUT, MODE = int(sys.argv[1]), sys.argv[2], sys.argv[3]
lock = threading.Lock()


def mode():
    with open(MODE) as file:
        return file.read().strip() or "ok"


def keep(rows):
    with lock, open(OUT, "ab") as file:
        file.write(b"".join(json.dumps(row).encode() + b"\n" for row in rows))
        file.flush()
        os.fsync(file.fileno())


def row(envelope):
    return {"index": envelope["index"], "id": envelope["record"]["id"], "origin": envelope["origin"]}


def hec(body):
    decoder, text, rows = json.JSONDecoder(), body.decode(), []
    while text.strip():
        event, end = decoder.raw_decode(text.lstrip())
        text = text.lstrip()[end:]
        assert set(event) == {"time", "host", "source", "sourcetype", "event", "fields"}, event
        found = row(event["event"])
        assert event["fields"] == {"martlet_origin": found["origin"], "martlet_index": str(found["index"]),
                                   "martlet_id": found["id"]}
        rows.append(found)
    return rows, {"text": "Success", "code": 0}


def bulk(body):
    lines = [json.loads(line) for line in body.splitlines()]
    assert body.endswith(b"\n") and len(lines) % 2 == 0
    for action, document in zip(lines[::2], lines[1::2]):
        assert set(action) == {"create"} and "sha256:" + action["create"]["_id"] == document["leaf_hash"]
        assert document["@timestamp"] == document["record"]["t"]
    rows = [row(document) for document in lines[1::2]]
    items = [{"create": {"_id": a["create"]["_id"], "status": 201}} for a in lines[::2]]
    return rows, {"errors": False, "items": items}


def otlp(body):
    from google.protobuf import json_format
    from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
    request = json_format.Parse(body, logs_service_pb2.ExportLogsServiceRequest())  # unknown members are errors
    rows = []
    for resource in request.resource_logs:
        assert any(a.key == "service.name" and a.value.string_value == "martlet" for a in resource.resource.attributes)
        for scope in resource.scope_logs:
            for record in scope.log_records:
                values = {a.key: a.value for a in record.attributes}
                found = row(json.loads(record.body.string_value))
                assert values["martlet.index"].int_value == found["index"] and record.time_unix_nano > 0
                assert values["log.record.uid"].string_value == found["id"]
                rows.append(found)
    return rows, {"partialSuccess": {}}


PATHS = {"/services/collector/event": hec, "/audit/_bulk": bulk, "/v1/logs": otlp}
TYPES = {"/audit/_bulk": "application/x-ndjson"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        how = mode()
        body = self.rfile.read(int(self.headers["content-length"]))
        assert self.headers["content-type"] == TYPES.get(self.path, "application/json")
        if self.headers.get("authorization") != "Splunk hec-secret":
            return self.answer(401, {})
        if how == "hang":
            threading.Event().wait(3600)
        if how == "close":
            return self.connection.shutdown(socket.SHUT_RDWR)
        if how == "503":
            return self.answer(503, {"text": "Server is busy", "code": 9})
        rows, good = PATHS[self.path](body)
        if how == "items":
            return self.answer(200, self.partly(good))
        keep(rows)
        self.answer(200, good)

    def partly(self, good):
        """A 200 that takes all but the last record."""
        if "items" in good:
            good["errors"] = True
            good["items"][-1]["create"].update(status=400, error={"type": "mapper_parsing_exception", "reason": "no"})
            return good
        if "code" in good:
            return {"text": "Invalid data format", "code": 6}
        return {"partialSuccess": {"rejectedLogRecords": "1", "errorMessage": "no"}}

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def frames(data):
    """Octet-counted frames. Source: RFC 5425, section 4.3."""
    rows = []
    while data:
        length, _, rest = data.partition(b" ")
        message, data = rest[:int(length)], rest[int(length):]
        assert len(message) == int(length), "a frame that is cut off"
        priority, time, host, app, process, kind, structured, text = message.split(b" ", 7)
        assert priority[:1] == b"<" and priority[-2:] == b">1" and int(priority[1:-2]) // 8 == 13
        envelope = json.loads(text)
        assert (app, process, structured) == (b"martlet", b"-", b"-") and kind.decode() == envelope["record"]["type"]
        assert time.decode() == envelope["record"]["t"] and host.decode() == envelope["record"]["node"]
        rows.append(row(envelope))
    return rows


def syslog_connection(raw, context):
    try:
        how = mode()
        if how == "hang":
            return threading.Event().wait(3600)
        connection = context.wrap_socket(raw, server_side=True, suppress_ragged_eofs=False)
        if how == "early":  # an orderly goodbye of TLS, before anything was read
            connection.settimeout(0.2)
            try:
                connection.unwrap()
            except (OSError, ssl.SSLError):
                pass
            return connection.close()
        if how == "close":
            connection.recv(1)
            return connection.close()
        data = b""
        while chunk := connection.recv(65536):
            data += chunk
        if how == "unread":  # read, and gone without close_notify: killed before it could keep anything
            return connection.close()
        keep(frames(data))
        connection.unwrap()
        connection.close()
    except (OSError, ssl.SSLError):
        raw.close()


def syslog(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", PORT)) as server:
        while True:
            raw, _ = server.accept()
            threading.Thread(target=syslog_connection, args=(raw, context), daemon=True).start()


if len(sys.argv) > 4:
    syslog(sys.argv[4], sys.argv[5])
else:
    ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
