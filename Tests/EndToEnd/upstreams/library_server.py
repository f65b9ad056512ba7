"""A server of the official Python SDK with resources, templates, prompts and completion; it notes what reaches it.

usage: library_server.py JOURNAL [PORT]
"""
import json
import os
import sys

from mcp.server.mcpserver import MCPServer
from mcp.types import Completion

server = MCPServer("library", instructions="Ask for one book at a time.")
journal = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def note(what, **facts):
    os.write(journal, (json.dumps({"what": what, **facts}) + "\n").encode())


@server.tool()
def lend(book: str) -> str:
    note("tool", book=book)
    return f"lent {book}"


@server.resource("library://catalogue/public/index", title="Index", mime_type="text/plain", meta={"shelf": 1})
def index() -> str:
    note("resource", uri="library://catalogue/public/index")
    return "the index"


@server.resource("library://catalogue/secret/index")
def secret() -> str:
    note("resource", uri="library://catalogue/secret/index")
    return "the secret index"


@server.resource("library://catalogue/public/books/{title}")
def book(title: str) -> str:
    note("resource", uri=f"library://catalogue/public/books/{title}")
    return f"the book {title}"


@server.resource("library://readers/{name}")
def reader(name: str) -> str:
    note("resource", uri=f"library://readers/{name}")
    return f"what {name} reads"


@server.prompt(title="Summary of a book")
def summarise(title: str, tone: str = "dry") -> str:
    """Summarises a book."""
    note("prompt", name="summarise", title=title, tone=tone)
    return f"Summarise {title}, {tone}."


@server.prompt()
def gossip() -> str:
    note("prompt", name="gossip")
    return "Tell what readers read."


@server.completion()
async def complete(ref, argument, context):
    known = context.arguments if context and context.arguments else {}
    note("completion", ref=ref.model_dump(mode="json"), name=argument.name, value=argument.value, known=known)
    titles = ["Moby-Dick", "Middlemarch", "Emma"]
    return Completion(values=[t for t in titles if t.startswith(argument.value)], total=1, has_more=False)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        import uvicorn

        uvicorn.run(
            server.streamable_http_app(), host="127.0.0.1", port=int(sys.argv[2]), log_level="error", access_log=False)
    else:
        server.run("stdio")
