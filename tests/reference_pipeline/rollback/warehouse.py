"""PostgreSQL as Redshift: what is the same in both runs as it is, COPY is done here."""

import gzip
import json
import os
import re

import boto3
import psycopg2

COPY = re.compile(r"COPY\s+(\S+)\s+FROM\s+'s3://([^/']+)/([^']+)'(.*)", re.S)


def copy(cursor, table, bucket, key):
    """COPY … FORMAT JSON 'auto' GZIP MANIFEST: fails where a file is missing or of another size."""
    s3 = boto3.client("s3")

    def read(bucket, key):
        return s3.get_object(Bucket=bucket, Key=key)["Body"].read()

    for entry in json.loads(read(bucket, key))["entries"]:
        of, name = entry["url"].removeprefix("s3://").split("/", 1)
        body = read(of, name)
        if len(body) != entry["meta"]["content_length"]:
            raise ValueError(f"{name}: another size than the manifest says")
        for line in gzip.decompress(body).decode().splitlines():
            row = json.loads(line)
            names = ", ".join(row)
            places = ", ".join(["%s"] * len(row))
            cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", list(row.values()))


def transaction(statements):
    """All or none: `(statement, error)` and the rows of the last."""
    connection = psycopg2.connect(os.environ["WAREHOUSE"])
    cursor = connection.cursor()
    for statement in statements:
        try:
            found = COPY.match(statement)
            if statement.upper().startswith("SET QUERY_GROUP"):
                # Queues are Redshift's own.
                continue
            if found:
                copy(cursor, *found.groups()[:3])
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
