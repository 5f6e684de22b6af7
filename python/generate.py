"""Writes `distkey/results.py`: a dataclass for each part of the JSON documents, from their schemas.

    python python/generate.py path/to/distkey            # writes it
    python python/generate.py path/to/distkey --check    # fails where it is out of date
"""

import json
import keyword
import pathlib
import subprocess
import sys
import textwrap

DOCUMENTS = {"Explain": "explain", "Lint": "lint", "Advise": "advise", "Diff": "diff"}
TARGET = pathlib.Path(__file__).parent / "distkey" / "results.py"
PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
HEAD = '''"""What the commands answer with. Made by `generate.py` from their JSON schemas: don't edit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Union

from ._report import Report, Shown
'''


def schema_of(binary: str, name: str) -> dict:
    printed = subprocess.run([binary, "json-schema", name], check=True, capture_output=True)
    return json.loads(printed.stdout)


def kind(schema) -> str:
    """The Python type of a schema."""
    if schema is True:
        return "Any"
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f"$ref:{name}"
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return union(kind(one) for one in choices)
    if "const" in schema or "enum" in schema:
        return "str"
    types = schema.get("type")
    if isinstance(types, list):
        return union(kind({**schema, "type": one}) for one in types)
    if types == "array":
        if "prefixItems" in schema:
            inner = union(kind(one) for one in schema["prefixItems"])
        else:
            inner = kind(schema.get("items", True))
        return f"List[{inner}]"
    if types == "object":
        inner = kind(schema.get("additionalProperties", True))
        return f"Dict[str, {inner}]"
    return PLAIN.get(types, "Any")


def union(kinds) -> str:
    found = list(dict.fromkeys(kinds))
    if "Any" in found:
        return "Any"
    others = [one for one in found if one != "None"]
    inner = others[0] if len(others) == 1 else f"Union[{', '.join(others)}]"
    return f"Optional[{inner}]" if "None" in found else inner


def resolved(text: str, plain: dict) -> str:
    """With names of classes, or what stands for definitions that are no objects."""
    for name in sorted(plain, key=len, reverse=True):
        text = text.replace(f"$ref:{name}", plain[name])
    return text.replace("$ref:", "")


def documented(text: str, indent: str) -> str:
    lines = textwrap.wrap(" ".join(text.split()), 96 - len(indent)) or [""]
    if len(lines) == 1:
        return f'{indent}"""{lines[0]}"""\n'
    return f'{indent}"""' + f"\n{indent}".join(lines) + f'\n{indent}"""\n'


def written(name: str, schema: dict, plain: dict, is_root: bool) -> str:
    # A field with a default comes behind those without.
    required = set(schema.get("required", []))
    fields = sorted(schema["properties"].items(), key=lambda item: item[0] not in required)
    out = "\n\n@dataclass(frozen=True)\n" + f"class {name}{'(Shown)' if is_root else ''}:\n"
    out += documented(schema.get("description") or f"The document of `distkey {name.lower()}`.", "    ") + "\n"
    for key, of in fields:
        attribute = key + "_" if keyword.iskeyword(key) else key
        type_of = resolved(kind(of), plain)
        default = ""
        if key not in required:
            if not type_of.startswith("Optional"):
                type_of = f"Optional[{type_of}]"
            default = " = None"
        if attribute != key:
            default = f' = field(metadata={{"key": "{key}"}})'
        out += f"    {attribute}: {type_of}{default}\n"
        if isinstance(of, dict) and of.get("description"):
            out += documented(of["description"], "    ")
    if is_root:
        out += "    report: Optional[Report] = field(default=None, repr=False, compare=False)\n"
        out += documented("The same as a page, as Markdown or as text.", "    ")
    return out


def module(binary: str) -> str:
    classes, plain, roots = {}, {}, set()
    for name, document in DOCUMENTS.items():
        schema = schema_of(binary, document)
        parts = dict(schema.pop("$defs", {}))
        if name in parts:
            raise SystemExit(f"`{name}` is the name of a part, too")
        parts[name] = schema
        roots.add(name)
        for part, of in parts.items():
            if "properties" not in of:
                plain[part] = kind(of)
            elif classes.setdefault(part, of) != of:
                raise SystemExit(f"`{part}` is another thing in `{document}` than elsewhere")
    out = HEAD
    for name in sorted(classes):
        out += written(name, classes[name], plain, name in roots)
    out += "\n\n__all__ = [\n" + "".join(f'    "{name}",\n' for name in sorted(classes)) + "]\n"
    return out


def main() -> None:
    text = module(sys.argv[1])
    if "--check" not in sys.argv:
        TARGET.write_text(text, encoding="utf-8")
    elif TARGET.read_text(encoding="utf-8") != text:
        raise SystemExit(f"{TARGET} is out of date: run {__file__} {sys.argv[1]}")


if __name__ == "__main__":
    main()
