"""What sqllineage says of each statement, as the tests keep it: python compare.py [--write].

Without --write it fails where the recorded answers are not those of the sqllineage that is installed.
"""

import json
import pathlib
import re
import sys

from sqllineage.core.metadata.dummy import DummyMetaDataProvider
from sqllineage.runner import LineageRunner

HERE = pathlib.Path(__file__).parent


def tables():
    """The columns of each table of the DDL."""
    ddl = (HERE / "schema.sql").read_text()
    found = re.findall(r"CREATE TABLE (\S+) \((.*)\);", ddl)
    columns = lambda text: [one.split()[0] for one in re.split(r",(?! *\d)", re.sub(r"\(\d+,\d+\)", "", text))]
    return {name: columns(text) for name, text in found}


def statements():
    """Each statement by its name."""
    text = (HERE / "statements.sql").read_text()
    return dict(re.findall(r"^-- (\w+)\n(.*?;)$", text, flags=re.M | re.S))


def answer(sql, provider):
    """Edges of tables, and of columns; what sqllineage does not read is its error."""
    try:
        runner = LineageRunner(sql, dialect="redshift", metadata_provider=provider)
        sources = [str(one) for one in runner.source_tables]
        targets = [str(one) for one in runner.target_tables]
        edges = sorted([source, target] for source in sources for target in targets)
        paths = runner.get_column_lineage()
        columns = sorted({(str(path[0]), str(path[-1])) for path in paths if len(path) > 1})
        return {"tables": edges, "columns": [list(one) for one in columns]}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}".split("\n")[0][:160]}


def main():
    provider = DummyMetaDataProvider(tables())
    answers = {name: answer(sql, provider) for name, sql in statements().items()}
    path = HERE / "sqllineage.json"
    text = "{\n" + ",\n".join(f" {json.dumps(name)}: {json.dumps(said)}" for name, said in answers.items()) + "\n}\n"
    if "--write" in sys.argv:
        path.write_text(text)
        return
    recorded = json.loads(path.read_text())
    changed = [name for name in answers if answers[name] != recorded.get(name)]
    sys.exit(f"sqllineage says otherwise than recorded: {', '.join(changed)}" if changed else 0)


if __name__ == "__main__":
    main()
