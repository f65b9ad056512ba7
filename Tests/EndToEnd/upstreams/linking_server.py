"""The library server, with a tool and a prompt whose answers name resources.

usage: linking_server.py JOURNAL [PORT]
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from library_server import server  # noqa: E402

from mcp.server.mcpserver.prompts.base import UserMessage  # noqa: E402
from mcp.types import EmbeddedResource, ResourceLink, TextContent, TextResourceContents  # noqa: E402

INDEX = "library://catalogue/public/index"


def embedded():
    return EmbeddedResource(type="resource", resource=TextResourceContents(uri=INDEX, text=f"see {INDEX}"))


@server.tool(structured_output=False)
def link():
    return [ResourceLink(type="resource_link", uri=INDEX, name="index"), embedded(),
            TextContent(type="text", text=INDEX)]


@server.prompt()
def quote():
    return [UserMessage(content=embedded())]


if __name__ == "__main__":
    if len(sys.argv) > 2:
        import uvicorn

        uvicorn.run(
            server.streamable_http_app(), host="127.0.0.1", port=int(sys.argv[2]), log_level="error", access_log=False)
    else:
        server.run("stdio")
