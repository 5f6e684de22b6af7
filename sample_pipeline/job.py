"""Loads one day of raw orders: JSON lines in S3 -> clean rows and a manifest for COPY.

A rerun ends in the same state: every output is named after its input, and what is
done is written down batch by batch. Rows that can't be read go to the dead-letter
prefix; none is dropped.

    job.py --day 2026-01-02 --bucket example-lake --resume
"""

import argparse
import gzip
import io
import json
from decimal import Decimal, InvalidOperation

import boto3
from pyspark.sql import SparkSession

# A checkpoint at least every 10 GB of input: no more is done twice after a failure.
BATCH_BYTES = 10 * 10**9
# Files for each batch: a multiple of the cluster's slices.
FILES = 16


def parse(line):
    """A row, or the reason why there is none."""
    try:
        raw = json.loads(line)
        row = {
            "order_id": int(raw["order_id"]),
            "category_id": int(raw["category_id"]),
            "price": str(Decimal(str(raw["price"])).quantize(Decimal("0.01"))),
            "placed_at": str(raw["placed_at"]),
        }
    except (ValueError, KeyError, TypeError, InvalidOperation) as error:
        return None, f"{type(error).__name__}: {error}"
    if len(row["placed_at"]) < 10:
        return None, "placed_at is no time"
    return row, None


def read_object(bucket, key):
    """Its lines."""
    body = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    if key.endswith(".gz"):
        body = gzip.decompress(body)
    return body.decode("utf-8", errors="replace").splitlines()


def write_lines(bucket, key, lines):
    """One object; the same lines make the same bytes."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as out:
        for line in lines:
            out.write(line.encode() + b"\n")
    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=packed.getvalue())
    return len(packed.getvalue())


def batches(objects):
    """Objects in the order of their keys, in groups of at most BATCH_BYTES."""
    group, size = [], 0
    for key, length in sorted(objects):
        if group and size + length > BATCH_BYTES:
            yield group
            group, size = [], 0
        group.append(key)
        size += length
    if group:
        yield group


def list_objects(s3, bucket, prefix):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [(o["Key"], o["Size"]) for page in pages for o in page.get("Contents", [])]


def read_state(s3, bucket, key):
    try:
        return json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    except s3.exceptions.NoSuchKey:
        return None


def run_batch(spark, bucket, clean, dead, keys):
    """Writes the batch's rows and its dead letters; the counts and files."""

    def write_part(index, lines):
        rows, letters = [], []
        for line in lines:
            if not line.strip():
                continue
            row, reason = parse(line)
            if row is None:
                letters.append(json.dumps({"line": line, "reason": reason}))
            else:
                rows.append(json.dumps(row, sort_keys=True))
        key = f"{clean}/part-{index:05}.json.gz"
        size = write_lines(bucket, key, rows)
        if letters:
            write_lines(bucket, f"{dead}/part-{index:05}.json.gz", letters)
        yield {"key": key, "bytes": size, "rows": len(rows), "dead": len(letters)}

    parts = min(FILES, len(keys)) if len(keys) < FILES else FILES
    lines = spark.sparkContext.parallelize(keys, parts).flatMap(
        lambda key: read_object(bucket, key)
    )
    return lines.mapPartitionsWithIndex(write_part).collect()


def main(argv=None):
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--day", required=True)
    arguments.add_argument("--bucket", required=True)
    arguments.add_argument("--resume", action="store_true")
    args, _ = arguments.parse_known_args(argv)
    s3 = boto3.client("s3")
    spark = SparkSession.builder.appName(f"orders {args.day}").getOrCreate()

    files, totals = [], {"read": 0, "written": 0, "dead": 0, "bytes_read": 0, "bytes_written": 0}
    objects = list_objects(s3, args.bucket, f"raw/orders/dt={args.day}/")
    sizes = dict(objects)
    for number, keys in enumerate(batches(objects)):
        part = f"dt={args.day}/batch={number:05}"
        state_key = f"state/orders/{part}.json"
        state = read_state(s3, args.bucket, state_key) if args.resume else None
        if state is None or state["inputs"] != keys:
            written = run_batch(
                spark, args.bucket, f"clean/orders/{part}", f"dead-letter/orders/{part}", keys
            )
            state = {"inputs": keys, "files": written}
            s3.put_object(Bucket=args.bucket, Key=state_key, Body=json.dumps(state))
        files += state["files"]
        for one in state["files"]:
            totals["written"] += one["rows"]
            totals["dead"] += one["dead"]
            totals["bytes_written"] += one["bytes"]
        totals["bytes_read"] += sum(sizes[key] for key in keys)
    totals["read"] = totals["written"] + totals["dead"]

    manifest = {
        "entries": [
            {
                "url": f"s3://{args.bucket}/{one['key']}",
                "mandatory": True,
                "meta": {"content_length": one["bytes"]},
            }
            for one in files
            if one["rows"]
        ]
    }
    s3.put_object(
        Bucket=args.bucket,
        Key=f"clean/orders/dt={args.day}/manifest",
        Body=json.dumps(manifest),
    )
    # One line of numbers for the log, from which CloudWatch makes metrics.
    print(json.dumps({"metric": "orders-load", "day": args.day, **totals}))
    return totals


if __name__ == "__main__":
    main()
