"""distkey's tools as the official Python client sees them: `mcp_client.py PROGRAM DOCUMENT`."""

import asyncio
import json
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

PLAN = "XN Seq Scan on t  (cost=0.00..100.00 rows=10000 width=8)"
DDL = "CREATE TABLE t (id BIGINT, price FLOAT);"


def field(thing, *names):
    """A field by the name that this version of the client has for it."""
    for name in names:
        if hasattr(thing, name):
            return getattr(thing, name)
    raise AttributeError(f"{names} of {thing!r}")


async def main(program, expected):
    server = StdioServerParameters(command=program, args=["mcp"])
    async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
        hello = await session.initialize()
        assert field(hello, "server_info", "serverInfo").name == "distkey", hello

        tools = {tool.name: tool for tool in (await session.list_tools()).tools}
        assert "predict_query" in tools, tools
        for tool in tools.values():
            schema = field(tool, "input_schema", "inputSchema")
            assert schema["type"] == "object" and tool.description, tool

        answer = await session.call_tool("explain", {"plan": PLAN})
        assert not field(answer, "is_error", "isError"), answer
        document = field(answer, "structured_content", "structuredContent")
        assert document == expected, document
        assert "pasted plan:" in answer.content[0].text, answer.content

        linted, ruled, wrong = await asyncio.gather(
            session.call_tool("lint", {"sql": DDL}),
            session.call_tool("rule", {"rule": "DK101"}),
            session.call_tool("explain", {"plam": PLAN}),
        )
        assert field(linted, "structured_content", "structuredContent")["files"], linted
        assert "large-broadcast" in ruled.content[0].text, ruled
        assert field(wrong, "is_error", "isError") and "`plan`" in wrong.content[0].text, wrong

        prompts = (await session.list_prompts()).prompts
        assert [prompt.name for prompt in prompts] == ["tune_query", "review_schema"], prompts
        prompt = await session.get_prompt("tune_query", {"query": "SELECT 1"})
        assert "SELECT 1" in prompt.messages[0].content.text, prompt
    print("ok")


if __name__ == "__main__":
    with open(sys.argv[2], encoding="utf-8") as file:
        asyncio.run(asyncio.wait_for(main(sys.argv[1], json.load(file)), 120))
