"""Brings what job.py made ready into the table: load.sql for each day, as one transaction.

    load.py --bucket example-lake --sql s3://CODE/load.sql --workgroup NAME --database dev

A day that fails stays ready, and the run fails: the next one loads it again, which MERGE
makes harmless.
"""

import argparse
import datetime
import json
import re
import time

import boto3

PAUSE_SECONDS = 5


def statements(text, day):
    """Those of load.sql without BEGIN and COMMIT: the Data API makes a transaction of a batch."""
    text = re.sub(r"--.*", "", text).replace("{{ day }}", day)
    found = [one.strip() for one in text.split(";")]
    return [one for one in found if one and one.upper() not in ("BEGIN", "COMMIT")]


def run(data, workgroup, database, sqls):
    """Waits for its end; an error if that is none that is good."""
    started = data.batch_execute_statement(WorkgroupName=workgroup, Database=database, Sqls=sqls)
    while True:
        answer = data.describe_statement(Id=started["Id"])
        if answer["Status"] == "FINISHED":
            return
        if answer["Status"] in ("FAILED", "ABORTED"):
            raise RuntimeError(f"{started['Id']} is {answer['Status']}: {answer.get('Error')}")
        time.sleep(PAUSE_SECONDS)


def main(argv=None):
    arguments = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    for name in ("--bucket", "--sql", "--workgroup", "--database"):
        arguments.add_argument(name, required=True)
    args, _ = arguments.parse_known_args(argv)
    s3, data = boto3.client("s3"), boto3.client("redshift-data")
    code, key = args.sql.removeprefix("s3://").split("/", 1)
    text = s3.get_object(Bucket=code, Key=key)["Body"].read().decode()
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=args.bucket, Prefix="state/orders/ready/")
    oldest = None
    for marker in [one["Key"] for page in pages for one in page.get("Contents", [])]:
        day = marker.rsplit("/", 1)[1].removesuffix(".json")
        found = s3.get_object(Bucket=args.bucket, Key=marker)
        arrived = json.loads(found["Body"].read())["oldest"]
        run(data, args.workgroup, args.database, statements(text, day))
        print(json.dumps({"day": day, "loaded": True, "oldest": arrived}))
        oldest = min(filter(None, [oldest, arrived]), default=None)
        # Made ready again meanwhile, it stays for the next run.
        if s3.get_object(Bucket=args.bucket, Key=marker)["ETag"] == found["ETag"]:
            s3.delete_object(Bucket=args.bucket, Key=marker)
    now, minutes = datetime.datetime.now(datetime.timezone.utc), 0
    if oldest:
        minutes = (now - datetime.datetime.fromisoformat(oldest.replace("Z", "+00:00"))).total_seconds() / 60
    boto3.client("cloudwatch").put_metric_data(
        Namespace="distkey/sample",
        MetricData=[{"MetricName": "orders-freshness-minutes", "Value": minutes, "Unit": "None"}],
    )


if __name__ == "__main__":
    main()
