"""distkey's language server as pytest-lsp's client sees it; DISTKEY names the program."""

import os

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

URI = "file:///nowhere/orders.sql"
TEXT = "CREATE TABLE orders (id BIGINT, price FLOAT, note VARCHAR(65535)) DISTSTYLE EVEN;\n"


@pytest_lsp.fixture(config=ClientServerConfig(server_command=[os.environ["DISTKEY"], "lsp"]))
async def client(lsp_client: LanguageClient):
    params = types.InitializeParams(capabilities=client_capabilities("visual-studio-code"))

    @lsp_client.feature(types.CLIENT_REGISTER_CAPABILITY)
    def register(_):
        return None

    await lsp_client.initialize_session(params)
    yield
    await lsp_client.shutdown_session()


async def opened(client, text):
    client.text_document_did_open(
        types.DidOpenTextDocumentParams(
            text_document=types.TextDocumentItem(uri=URI, language_id="sql", version=1, text=text)
        )
    )
    await client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    return client.diagnostics[URI]


def at(line, character):
    return types.Position(line=line, character=character)


@pytest.mark.asyncio
async def test_findings_actions_and_hover(client: LanguageClient):
    found = await opened(client, TEXT)
    assert found and all(one.source == "distkey" for one in found), found
    document = types.TextDocumentIdentifier(uri=URI)
    actions = await client.text_document_code_action_async(
        types.CodeActionParams(
            text_document=document,
            range=types.Range(start=at(0, 0), end=at(0, 80)),
            context=types.CodeActionContext(diagnostics=found),
        )
    )
    assert any(action.title.startswith("Ignore DK") for action in actions), actions
    hover = await client.text_document_hover_async(
        types.HoverParams(text_document=document, position=at(0, 15))
    )
    assert "**orders**" in hover.contents.value, hover


@pytest.mark.asyncio
async def test_completion_and_definition(client: LanguageClient):
    await opened(client, TEXT + "ALTER TABLE orders ALTER DISTKEY ")
    document = types.TextDocumentIdentifier(uri=URI)
    offered = await client.text_document_completion_async(
        types.CompletionParams(text_document=document, position=at(1, 33))
    )
    labels = [item.label for item in getattr(offered, "items", offered)]
    assert labels == ["id", "price", "note"], labels
    place = await client.text_document_definition_async(
        types.DefinitionParams(text_document=document, position=at(1, 14))
    )
    assert place.uri == URI and place.range.start == at(0, 0), place
