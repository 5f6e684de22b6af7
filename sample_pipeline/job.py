"""Raw orders of one day's deliveries: JSON lines in S3 -> clean rows and a manifest for COPY.

A rerun ends in the same state: every output is named after its input, and what is done is
written down batch by batch, with the ETag of each object, so that one that was delivered
again is read again. Rows that can't be read go to the dead-letter prefix; none is dropped.
Objects are read and written as streams: no more than a line of each is in memory.

    job.py --day 2026-01-02 --bucket example-lake --resume
    job.py --day arrived --bucket example-lake --resume --queue URL

`arrived` are the days of which the queue has messages. They are kept in state/ before the
messages go, so that a run that fails forgets none.
"""

import argparse
import datetime
import gzip
import hashlib
import json
import re
import tempfile
import urllib.parse
from decimal import Decimal, InvalidOperation

import boto3
from pyspark.sql import SparkSession

# A checkpoint at least every 10 GB of input: no more is done twice after a failure.
BATCH_BYTES = 10 * 10**9
# Files for each batch: a multiple of the cluster's slices.
FILES = 16
# Bytes that are read at once, and that one line may have.
CHUNK = 2**20
LONGEST = 16 * 2**20
# Bytes of an output in memory; from then on it lies on the worker's disk.
IN_MEMORY = 64 * 2**20
# Receives of one run, of ten messages: the rest is for the next one.
RECEIVES = 10_000


def parse(line):
    """A row, or the reason why there is none."""
    try:
        raw = json.loads(line)
        placed_at = datetime.datetime.fromisoformat(str(raw["placed_at"]).replace("Z", "+00:00"))
        if placed_at.tzinfo:
            placed_at = placed_at.astimezone(datetime.timezone.utc).replace(tzinfo=None)
        row = {
            "order_id": int(raw["order_id"]),
            "category_id": int(raw["category_id"]),
            "price": str(Decimal(str(raw["price"])).quantize(Decimal("0.01"))),
            "placed_at": placed_at.isoformat(),
        }
    except (ValueError, KeyError, TypeError, InvalidOperation) as error:
        return None, f"{type(error).__name__}: {error}"
    return row, None


def lines_of(stream):
    """Lines as text, one at a time; of one that is too long the beginning."""
    rest, skipping = b"", False
    while chunk := stream.read(CHUNK):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            if not skipping:
                yield line.decode("utf-8", errors="replace")
            skipping = False
        if skipping:
            rest = b""
        elif len(rest) > LONGEST:
            yield rest[:CHUNK].decode("utf-8", errors="replace")
            rest, skipping = b"", True
    if rest and not skipping:
        yield rest.decode("utf-8", errors="replace")


def read_object(bucket, key, etag):
    """Its lines, if it is still the object that was listed: else the run fails and is tried again."""
    body = boto3.client("s3").get_object(Bucket=bucket, Key=key, IfMatch=etag)["Body"]
    return lines_of(gzip.GzipFile(fileobj=body) if key.endswith(".gz") else body)


class Packed:
    """Lines on the way to one object; the same lines make the same bytes."""

    def __init__(self):
        self.file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)
        self.packed = gzip.GzipFile(filename="", fileobj=self.file, mode="wb", mtime=0)
        self.count = 0

    def add(self, row):
        self.packed.write(json.dumps(row, sort_keys=True).encode() + b"\n")
        self.count += 1


def write_object(bucket, key, lines):
    """Its bytes."""
    lines.packed.close()
    size = lines.file.tell()
    lines.file.seek(0)
    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=lines.file)
    return size


def batches(objects):
    """Objects in the order of their keys, in groups of at most BATCH_BYTES."""
    group, size = [], 0
    for one in sorted(objects, key=lambda one: one["Key"]):
        if group and size + one["Size"] > BATCH_BYTES:
            yield group
            group, size = [], 0
        group.append(one)
        size += one["Size"]
    if group:
        yield group


def list_objects(s3, bucket, prefix):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [one for page in pages for one in page.get("Contents", [])]


def read_state(s3, bucket, key):
    try:
        return json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    except s3.exceptions.NoSuchKey:
        return None


def write_state(s3, bucket, key, state):
    s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(state))


def take_arrivals(s3, bucket, queue):
    """Moves what the queue says of days into state/; a message of no day stays, and ends up unread."""
    sqs, known = boto3.client("sqs"), {}
    for _ in range(RECEIVES):
        answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        if not answer.get("Messages"):
            return
        done, changed = [], set()
        for message in answer["Messages"]:
            days = []
            for record in json.loads(message["Body"]).get("Records", []):
                key = urllib.parse.unquote_plus(record["s3"]["object"]["key"])
                found = re.match(r"raw/orders/dt=(\d{4}-\d\d-\d\d)/", key)
                days.append((found and found.group(1), record["eventTime"]))
            if any(day is None for day, _ in days):
                continue
            for day, time in days:
                if day not in known:
                    known[day] = (read_state(s3, bucket, f"state/orders/arrived/{day}.json") or {"oldest": "~"})["oldest"]
                if time < known[day]:
                    known[day] = time
                    changed.add(day)
            done.append({"Id": str(len(done)), "ReceiptHandle": message["ReceiptHandle"]})
        for day in sorted(changed):
            write_state(s3, bucket, f"state/orders/arrived/{day}.json", {"oldest": known[day]})
        if done:
            sqs.delete_message_batch(QueueUrl=queue, Entries=done)


def run_batch(spark, bucket, clean, dead, objects):
    """Writes the batch's rows and its dead letters; the counts and files."""

    def write_part(index, lines):
        rows, letters = Packed(), Packed()
        for line in lines:
            if not line.strip():
                continue
            row, reason = parse(line)
            if row is None:
                letters.add({"line": line, "reason": reason})
            else:
                rows.add(row)
        key = f"{clean}/part-{index:05}.json.gz"
        size = write_object(bucket, key, rows)
        if letters.count:
            write_object(bucket, f"{dead}/part-{index:05}.json.gz", letters)
        yield {"key": key, "bytes": size, "rows": rows.count, "dead": letters.count}

    inputs = [(one["Key"], one["ETag"]) for one in objects]
    lines = spark.sparkContext.parallelize(inputs, min(FILES, len(inputs))).flatMap(
        lambda one: read_object(bucket, *one)
    )
    return lines.mapPartitionsWithIndex(write_part).collect()


def run_day(spark, s3, bucket, day, resume):
    """One day's deliveries; the counts."""
    files, digest = [], hashlib.sha256()
    totals = {"read": 0, "written": 0, "dead": 0, "bytes_read": 0, "bytes_written": 0}
    for number, objects in enumerate(batches(list_objects(s3, bucket, f"raw/orders/dt={day}/"))):
        part = f"dt={day}/batch={number:05}"
        state_key = f"state/orders/{part}.json"
        state = read_state(s3, bucket, state_key) if resume else None
        inputs = [[one["Key"], one["ETag"]] for one in objects]
        if state is None or state["inputs"] != inputs:
            written = run_batch(
                spark, bucket, f"clean/orders/{part}", f"dead-letter/orders/{part}", objects
            )
            state = {"inputs": inputs, "files": written}
            write_state(s3, bucket, state_key, state)
        files += state["files"]
        digest.update(json.dumps(inputs).encode())
        for one in state["files"]:
            totals["written"] += one["rows"]
            totals["dead"] += one["dead"]
            totals["bytes_written"] += one["bytes"]
        totals["bytes_read"] += sum(one["Size"] for one in objects)
    totals["read"] = totals["written"] + totals["dead"]
    manifest = {
        "entries": [
            {
                "url": f"s3://{bucket}/{one['key']}",
                "mandatory": True,
                "meta": {"content_length": one["bytes"]},
            }
            for one in files
            if one["rows"]
        ]
    }
    s3.put_object(
        Bucket=bucket,
        Key=f"clean/orders/dt={day}/manifest",
        Body=json.dumps(manifest),
    )
    # load.py takes it from here; COPY refuses a manifest without files.
    if manifest["entries"]:
        ready_key = f"state/orders/ready/{day}.json"
        known = [read_state(s3, bucket, key) for key in (f"state/orders/arrived/{day}.json", ready_key)]
        oldest = min((one["oldest"] for one in known if one and one["oldest"]), default=None)
        # What it is of tells it from one that is being loaded now.
        write_state(s3, bucket, ready_key, {"oldest": oldest, "inputs": digest.hexdigest()})
    return totals


def main(argv=None):
    arguments = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    arguments.add_argument("--day", required=True)
    arguments.add_argument("--bucket", required=True)
    arguments.add_argument("--queue")
    arguments.add_argument("--resume", action="store_true")
    # Glue gives arguments of its own, too.
    args, _ = arguments.parse_known_args(argv)
    s3 = boto3.client("s3")
    days = [args.day]
    if args.day == "arrived":
        take_arrivals(s3, args.bucket, args.queue)
        markers = list_objects(s3, args.bucket, "state/orders/arrived/")
        days = [one["Key"].rsplit("/", 1)[1].removesuffix(".json") for one in markers]
    totals, spark = {}, None
    for day in days:
        spark = spark or SparkSession.builder.appName(f"orders {args.day}").getOrCreate()
        of_day = run_day(spark, s3, args.bucket, day, args.resume)
        if args.day == "arrived":
            s3.delete_object(Bucket=args.bucket, Key=f"state/orders/arrived/{day}.json")
        totals = {name: totals.get(name, 0) + count for name, count in of_day.items()}
        print(json.dumps({"day": day, **of_day}))
    boto3.client("cloudwatch").put_metric_data(
        Namespace="distkey/sample",
        MetricData=[
            {"MetricName": "orders-dead-letters", "Value": totals.get("dead", 0), "Unit": "Count"},
            {"MetricName": "orders-rows", "Value": totals.get("written", 0), "Unit": "Count"},
        ],
    )
    return totals


if __name__ == "__main__":
    main()
