"""A server of the official Python SDK, over streamable HTTP (port given) or stdio. Tells which headers it was sent."""
import sys

from mcp.server.mcpserver import Context, MCPServer

server = MCPServer("sdk")


@server.tool()
def issue_payment(invoice_id: str, vendor_id: str, amount: float, currency: str = "EUR", memo: str = "") -> str:
    return f"paid {amount} {currency} to {vendor_id}"


@server.tool()
def list_invoices() -> str:
    return "none"


@server.tool()
def headers(ctx: Context) -> dict[str, str]:
    request = ctx.request_context.request
    return dict(request.headers) if request is not None else {}


@server.tool()
def delete_vendor(vendor_id: str = "") -> str:
    return "deleted"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        import uvicorn

        app = server.streamable_http_app(json_response=len(sys.argv) > 2)
        uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False)
    else:
        server.run("stdio")
