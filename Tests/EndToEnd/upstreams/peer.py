"""What both misbehaving peers know: MCP in both eras, and a journal of everything that reached them."""
import json
import os

MODERN, LEGACY = "2026-07-28", "2025-11-25"


class Journal:
    """One JSON object a line, appended with one write: several processes may share the file."""

    def __init__(self, path):
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def note(self, **entry):
        os.write(self.file, (json.dumps(entry) + "\n").encode())


def tools(names):
    return [{"name": name, "description": name, "inputSchema": {"type": "object"}} for name in names]


def reply(message, names):
    """The result of everything but `tools/call`; None for a notification."""
    method, params = message.get("method"), message.get("params") or {}
    is_modern = "io.modelcontextprotocol/protocolVersion" in (params.get("_meta") or {})
    if "id" not in message:
        return None
    if method == "server/discover":
        return {"resultType": "complete", "supportedVersions": [MODERN], "capabilities": {"tools": {}},
                "serverInfo": {"name": "peer", "version": "1"}, "ttlMs": 0, "cacheScope": "private"}
    if method == "initialize":
        return {"protocolVersion": LEGACY, "capabilities": {"tools": {}}, "serverInfo": {"name": "peer", "version": "1"}}
    if method == "tools/list":
        listed = {"tools": tools(names)}
        return {"resultType": "complete", "ttlMs": 0, "cacheScope": "private", **listed} if is_modern else listed
    return {}


def success(message, text="done"):
    params = message.get("params") or {}
    result = {"content": [{"type": "text", "text": text}], "isError": False}
    if "io.modelcontextprotocol/protocolVersion" in (params.get("_meta") or {}):
        result["resultType"] = "complete"
    return {"jsonrpc": "2.0", "id": message["id"], "result": result}
