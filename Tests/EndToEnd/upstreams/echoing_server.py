"""A server of the official Python SDK that repeats in its answer what it was asked for."""
from mcp.server.mcpserver import MCPServer

server = MCPServer("echo")


@server.tool()
def get_invoice(invoice_id: str) -> str:
    return f"no invoice {invoice_id}"


@server.tool()
def issue_payment(invoice_id: str, vendor_id: str, amount: float, currency: str, memo: str = "",
                  bank: list[dict[str, str]] = []) -> str:
    return "paid"


if __name__ == "__main__":
    server.run("stdio")
