"""A server of the official Python SDK that talks while it works, over streamable HTTP (port given) or stdio.

usage: stream_server.py JOURNAL [PORT]
"""
import os
import pathlib
import sys

import anyio

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from peer import Journal  # noqa: E402

from mcp.server.mcpserver import Context, MCPServer  # noqa: E402

server = MCPServer("stream")
journal = Journal(sys.argv[1])


@server.tool()
async def steps(ctx: Context, count: int = 5, log: bool = False) -> str:
    for step in range(1, count + 1):
        await ctx.report_progress(step, count, f"step {step}")
        if log:
            await ctx.warning(f"line {step}")
    return f"{count} steps"


@server.tool()
async def waits(ctx: Context) -> str:
    """Reports once and then works until it is cancelled."""
    await ctx.report_progress(1)
    journal.note(event="started")
    try:
        await anyio.sleep_forever()
    except anyio.get_cancelled_exc_class():
        journal.note(event="cancelled")
        raise
    return "never"


@server.tool()
async def floods(ctx: Context, mebibytes: int = 50) -> str:
    text = "x" * 65_000
    for step in range(1, mebibytes * 16 + 1):
        await ctx.report_progress(step, None, text)
        if step % 16 == 0:
            journal.note(event="sent", step=step)
    return "flooded"


if __name__ == "__main__":
    if len(sys.argv) > 2:
        import uvicorn

        uvicorn.run(server.streamable_http_app(), host="127.0.0.1", port=int(sys.argv[2]), log_level="error",
                    access_log=False)
    else:
        server.run("stdio")
