"""The package, as it is installed: what it answers, how it shows it, and how it fails."""

import dataclasses
import os
import pathlib
import subprocess
import sys

import pytest

import distkey
from distkey import _load, results
from distkey._binary import binary
from distkey.magic import answer

ROOT = pathlib.Path(__file__).parents[2]
PLAN = ROOT / "sample_plans" / "search_by_category_normalized.txt"
AFTER = ROOT / "sample_plans" / "search_by_category_denormalized.txt"
DDL = ROOT / "sample_ddl" / "catalog_normalized.sql"
QUERY = ROOT / "sample_queries" / "search_normalized.sql"
STATS = ROOT / "sample_queries" / "stats.json"
SLOW = "create table shop.orders (order_id bigint, price real) sortkey (order_id);"


def test_a_plan_is_explained():
    found = distkey.explain(PLAN, cluster="ra3.4xlarge:4")
    (plan,) = found.inputs
    assert isinstance(found, distkey.Explain)
    assert plan.prediction.verdict == "within"
    assert plan.prediction.warm.low_ms < plan.prediction.warm.p50_ms < plan.prediction.warm.high_ms
    assert plan.findings[0].code == "DK112"
    assert plan.summary.changes[0].sql == ["ALTER TABLE products ALTER COMPOUND SORTKEY (price);"]
    assert plan.plans[0].nodes[0].operator == "Limit"
    # The same as text, and with other words around it.
    assert distkey.explain(PLAN.read_text(), cluster="ra3.4xlarge:4").inputs[0].findings == plan.findings
    slower = distkey.explain(PLAN, cluster="ra3.4xlarge:4", budget="20ms")
    assert slower.inputs[0].prediction.verdict == "over"


def test_a_query_is_planned_without_a_cluster():
    found = distkey.plan(QUERY, DDL, STATS, cluster="ra3.4xlarge:4")
    doubled = distkey.plan(QUERY, DDL, STATS, cluster="ra3.4xlarge:4", scale=2)
    assert found.inputs[0].plans[0].nodes
    assert doubled.inputs[0].what_if
    tried = distkey.plan(QUERY, DDL, STATS, sortkey={"products": "price"})
    assert tried.inputs[0].what_if


def test_ddl_is_linted():
    found = distkey.lint(SLOW)
    assert [one.code for one in found.files[0].findings] == ["DK212"]
    assert found.files[0].findings[0].location.line == 1
    assert found.accounting.statements == found.accounting.checked == 1
    assert distkey.lint(SLOW, ignore=["DK212"]).files[0].findings == []
    # Other files give the tables.
    insert = "insert into shop.orders (order_id, lost) values (1, 2);"
    codes = [one.code for one in distkey.lint(insert, ddl=SLOW).files[0].findings]
    assert codes == [one.code for one in distkey.lint([SLOW, insert]).files[1].findings] != []


def test_keys_are_recommended_and_plans_compared():
    found = distkey.advise(DDL, QUERY, stats={"rows": {"products": 50_000_000}})
    assert found.claim in ("proven", "best_found")
    assert {one.table for one in found.tables} >= {"products", "categories"}
    compared = distkey.diff(PLAN, AFTER)
    assert compared.totals.after.prediction.warm.p50_ms < compared.totals.before.prediction.warm.p50_ms


@pytest.mark.parametrize(
    "ask",
    [
        lambda: distkey.explain(PLAN),
        lambda: distkey.lint(SLOW),
        lambda: distkey.advise(DDL, QUERY),
        lambda: distkey.diff(PLAN, AFTER),
    ],
)
def test_a_notebook_shows_the_report_in_a_frame_of_its_own(ask):
    found = ask()
    cell, markdown = found._repr_html_(), found._repr_markdown_()
    assert cell.startswith("<iframe ") and 'sandbox="allow-scripts"' in cell
    assert "allow-same-origin" not in cell
    # What the frame holds is the page, in which nothing ends the attribute.
    assert "&lt;html" in cell and cell.count('"') % 2 == 0 and cell.endswith('"></iframe>')
    assert markdown.strip()
    assert "report" not in repr(found)


def test_what_is_wrong_is_an_error_in_the_programs_words():
    with pytest.raises(distkey.Error, match="no plan found"):
        distkey.explain("nothing of the kind")
    with pytest.raises(distkey.Error, match="No such file"):
        distkey.lint(pathlib.Path("not/there.sql"))
    with pytest.raises(distkey.Error, match="node type"):
        distkey.explain(PLAN, cluster="ra9.huge:4")
    with pytest.raises(distkey.Error, match="DK9999"):
        distkey.lint(SLOW, select=["DK9999"])
    with pytest.raises(TypeError, match="int"):
        distkey.lint(3)
    # A text that begins like a flag is a text.
    with pytest.raises(distkey.Error, match="no plan found"):
        distkey.explain("--help")


def test_a_program_that_is_not_there_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("DISTKEY_BINARY", str(tmp_path / "gone"))
    with pytest.raises(distkey.Error, match="gone"):
        distkey.lint(SLOW)


def test_the_module_is_the_program():
    for command in [[binary()], [sys.executable, "-m", "distkey"]]:
        ran = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
        assert ran.stdout.startswith("distkey "), command


def test_results_are_made_of_the_schemas_of_this_program():
    made = subprocess.run([sys.executable, ROOT / "python" / "generate.py", binary(), "--check"], check=False)
    assert made.returncode == 0


def test_keys_of_a_newer_program_are_left_out_and_missing_ones_are_none():
    span = _load.load(results.Span, {"start": 1, "end": 2, "more": 3})
    assert dataclasses.astuple(span) == (1, 2)
    location = _load.load(results.Fix, {"applicability": "safe", "edits": [{"span": {"start": 1, "end": 2}, "text": "x"}]})
    assert location.edits[0].span.end == 2


@pytest.mark.parametrize(
    "line, cell, expected",
    [
        ("", PLAN.read_text(), distkey.Explain),
        ("explain --cluster ra3.4xlarge:4 --budget 20ms", PLAN.read_text(), distkey.Explain),
        (f"--ddl '{DDL}' --stats '{STATS}'", QUERY.read_text(), distkey.Explain),
        (f"plan --ddl '{DDL}' --sortkey products=price", QUERY.read_text(), distkey.Explain),
        ("", SLOW, distkey.Lint),
        ("--ignore DK212", SLOW, distkey.Lint),
        (f"advise --ddl '{DDL}'", QUERY.read_text(), distkey.Advise),
    ],
)
def test_a_cell_is_answered_by_what_it_holds(line, cell, expected):
    assert isinstance(answer(line, cell), expected)


@pytest.mark.parametrize("line", ["--nonsense", "explode", "plan --ddl x --sortkey products"])
def test_a_line_that_is_not_understood_is_an_error(line):
    with pytest.raises(distkey.Error):
        answer(line, SLOW)


def test_a_notebook_runs(tmp_path):
    nbconvert = pytest.importorskip("nbconvert", reason="nbconvert is not installed")
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
    new = nbformat.v4
    cells = [
        new.new_code_cell("%load_ext distkey"),
        new.new_code_cell(f"%%distkey explain --cluster ra3.4xlarge:4\n{PLAN.read_text()}"),
        new.new_code_cell("_.inputs[0].prediction.verdict"),
        new.new_code_cell(f"%%distkey\n{SLOW}"),
    ]
    notebook = new.new_notebook(cells=cells)
    path = tmp_path / "review.ipynb"
    nbformat.write(notebook, path)
    run = [sys.executable, "-m", "nbconvert", "--execute", "--to", "notebook", "--inplace", str(path)]
    subprocess.run(run, check=True, capture_output=True, env={**os.environ, "HOME": str(tmp_path)})
    shown = [cell["outputs"] for cell in nbformat.read(path, as_version=4).cells]
    assert shown[1][0]["data"]["text/html"].startswith("<iframe")
    assert "Verdict" in shown[1][0]["data"]["text/markdown"]
    assert shown[2][0]["data"]["text/plain"] == "'within'"
    assert "DK212" in shown[3][0]["data"]["text/markdown"]
    assert nbconvert


def test_the_examples_of_the_documents_run(monkeypatch, capsys):
    text = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    blocks = [block.split("```")[0] for block in text.split("```python\n")[1:]]
    monkeypatch.chdir(ROOT)
    for block in blocks:
        exec(compile(block, "docs/python.md", "exec"), {})
    assert capsys.readouterr().out.startswith("within ")
    line, cell = text.split("%%distkey ")[1].split("```")[0].split("\n", 1)
    assert answer(line, cell).inputs[0].prediction.verdict
