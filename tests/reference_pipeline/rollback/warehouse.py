"""PostgreSQL as Redshift: what is the same in both runs as it is, COPY is done here."""

import gzip
import itertools
import json
import os
import re

import psycopg2
import psycopg2.extras

COPY = re.compile(r"COPY\s+(\S+)\s+FROM\s+'s3://([^/']+)/([^']+)'(.*)", re.S)


def copy(s3, cursor, table, bucket, key):
    """COPY … FORMAT JSON 'auto' GZIP MANIFEST: fails where a file is missing or of another size."""

    def read(bucket, key):
        return s3.get_object(Bucket=bucket, Key=key)["Body"].read()

    rows = []
    for entry in json.loads(read(bucket, key))["entries"]:
        of, name = entry["url"].removeprefix("s3://").split("/", 1)
        body = read(of, name)
        if len(body) != entry["meta"]["content_length"]:
            raise ValueError(f"{name}: another size than the manifest says")
        for line in gzip.decompress(body).decode().splitlines():
            rows.append(json.loads(line))
    # Rows of the same columns in one statement.
    for names, group in itertools.groupby(rows, key=tuple):
        statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES %s"
        psycopg2.extras.execute_values(cursor, statement, [list(row.values()) for row in group])


def transaction(statements, connect=None, s3=None):
    """All or none: `(statement, error)` and the rows of the last."""
    connection = psycopg2.connect(connect or os.environ["WAREHOUSE"])
    cursor = connection.cursor()
    for statement in statements:
        try:
            found = COPY.match(statement)
            if statement.upper().startswith("SET QUERY_GROUP"):
                # Queues are Redshift's own.
                continue
            if found:
                # Here, since it takes longer to import than most statements.
                import boto3
                copy(s3 or boto3.client("s3"), cursor, *found.groups()[:3])
            else:
                cursor.execute(statement)
        except Exception as error:
            connection.rollback()
            connection.close()
            return (statement, str(error)), None
    rows = [[int(value) for value in row] for row in cursor.fetchall()] if cursor.description else None
    connection.commit()
    connection.close()
    return None, rows
