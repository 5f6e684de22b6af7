"""Events on standard input against the classes that openlineage-python generates of the published
schema: every field is one of them, of its type, and none that is required is missing."""

import json
import sys
import types
import typing

import attr
from openlineage.client.generated import (
    base,
    column_lineage_dataset,
    job_type_job,
    schema_dataset,
    sql_job,
)

FACETS = {
    "sql": sql_job.SQLJobFacet,
    "jobType": job_type_job.JobTypeJobFacet,
    "columnLineage": column_lineage_dataset.ColumnLineageDatasetFacet,
    "schema": schema_dataset.SchemaDatasetFacet,
}
# What the client itself puts into every facet and event.
OWN = {"_producer", "_schemaURL", "schemaURL", "producer", "eventTime"}


def check(kind, value, place):
    """A value against a class or a type."""
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        kinds = [one for one in typing.get_args(kind) if one is not type(None)]
        return check(kinds[0], value, place) if value is not None else None
    if origin is list:
        assert isinstance(value, list), place
        for at, one in enumerate(value):
            check(typing.get_args(kind)[0], one, f"{place}[{at}]")
        return None
    if origin is dict:
        assert isinstance(value, dict), place
        for key, one in value.items():
            inner = typing.get_args(kind)[1]
            # A dictionary of facets: each by its name.
            facets = isinstance(inner, type) and issubclass(inner, base.BaseFacet)
            check(FACETS[key] if facets else inner, one, f"{place}.{key}")
        return None
    if attr.has(kind):
        hints = typing.get_type_hints(kind)
        fields = {field.name: field for field in attr.fields(kind)}
        for name, field in fields.items():
            required = field.default is attr.NOTHING and name not in OWN
            assert not required or name in value, f"{place}.{name} is missing"
        for name, one in value.items():
            assert name in fields or name in OWN, f"{place}.{name} is not in {kind.__name__}"
            if name in hints and name not in OWN:
                check(hints[name], one, f"{place}.{name}")
        schema = value.get("_schemaURL") or value.get("schemaURL")
        if issubclass(kind, (base.BaseFacet, base.BaseEvent)):
            assert schema == kind._get_schema(), f"{place}: {schema}, published as {kind._get_schema()}"
            assert value.get("_producer") or value.get("producer"), place
        return None
    if kind is str:
        assert isinstance(value, str), f"{place}: {value!r}"
    return None


def main():
    count = 0
    for line in sys.stdin:
        event = json.loads(line)
        assert event["eventTime"].endswith("Z"), event["eventTime"]
        check(base.JobEvent, event, event["job"]["name"])
        # What a column comes from is among the inputs.
        inputs = {(one["namespace"], one["name"]) for one in event["inputs"]}
        for output in event["outputs"]:
            facet = output.get("facets", {}).get("columnLineage", {})
            fields = [one for field in facet.get("fields", {}).values() for one in field["inputFields"]]
            for one in fields + facet.get("dataset", []):
                assert (one["namespace"], one["name"]) in inputs, (event["job"]["name"], one)
        count += 1
    assert count, "there is no event"
    print(f"{count} events")


if __name__ == "__main__":
    main()
