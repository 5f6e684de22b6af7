"""The sample, deployed from its template and started by its schedule, over several deliveries.

Arguments, roles and environment come from the deployed template alone, so that what it does
not give is missing. After each run the table must hold, row by row, what the deliveries up to
then come to.
"""

import datetime
import gzip
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

import boto3
import psycopg2

import check

CODE, LAKE = "example-code", "example-lake"
DAY, NEXT = "2026-01-02", "2026-01-03"


class Account:
    """A new account with the template in it, and PostgreSQL as the warehouse."""

    def __init__(self, folder, connect):
        self.folder, self.connect = folder, connect
        # A new one for each deployment.
        self.account = tempfile.mkdtemp(dir=folder)
        os.environ.update(ACCOUNT=self.account, WAREHOUSE=connect)
        self.server, _ = check.start_s3(folder, (str(check.HERE / "cloud.py"),))
        self.s3 = boto3.client("s3")
        self.delivered = []

    def deploy(self, *changes):
        """The template, with texts of it replaced: each must be there."""
        text = (check.SAMPLE / "template.yaml").read_text().replace("IntervalSeconds: 60", "IntervalSeconds: 1")
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        self.s3.create_bucket(Bucket=CODE, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        for name in ("job.py", "load.py", "load.sql"):
            self.s3.put_object(Bucket=CODE, Key=name, Body=(check.SAMPLE / name).read_bytes())
        boto3.client("cloudformation").create_stack(
            StackName="orders", TemplateBody=text, Capabilities=["CAPABILITY_IAM"],
            Parameters=[{"ParameterKey": "CodeBucket", "ParameterValue": CODE}],
        )
        return self

    def deliver(self, key, rows):
        body = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows).encode()
        self.s3.put_object(Bucket=LAKE, Key=key, Body=gzip.compress(body, mtime=0) if key.endswith(".gz") else body)
        self.delivered.append([row for row in rows if not isinstance(row, str)])

    def tick(self):
        """What the schedule does: starts its targets. The status of what it started."""
        events, machines = boto3.client("events"), boto3.client("stepfunctions")
        rules = [rule for rule in events.list_rules()["Rules"] if "ScheduleExpression" in rule and rule["State"] == "ENABLED"]
        [target] = events.list_targets_by_rule(Rule=rules[0]["Name"])["Targets"]
        as_role = {"aws_access_key_id": "role." + target["RoleArn"].rsplit("/", 1)[1], "aws_secret_access_key": "test"}
        started = boto3.client("stepfunctions", **as_role).start_execution(
            stateMachineArn=target["Arn"], name=f"tick-{time.time_ns()}")
        while True:
            found = machines.describe_execution(executionArn=started["executionArn"])
            if found["status"] != "RUNNING":
                self.said = f"{found.get('error')}: {found.get('cause')}"
                return found["status"]
            time.sleep(0.3)

    def table(self):
        connection = psycopg2.connect(self.connect)
        cursor = connection.cursor()
        cursor.execute("SELECT order_id, category_id, price::float, placed_at::text FROM orders ORDER BY 1")
        rows = cursor.fetchall()
        connection.close()
        return rows

    def right(self):
        """Of each order the row that was placed last, of those the one delivered last."""
        latest = {}
        for rows in self.delivered:
            for row in rows:
                known = latest.get(row["order_id"])
                if known is None or known["placed_at"] <= row["placed_at"]:
                    latest[row["order_id"]] = row
        return [(row["order_id"], row["category_id"], float(row["price"]), row["placed_at"].replace("T", " "))
                for _, row in sorted(latest.items())]

    def workers(self):
        return [run["NumberOfWorkers"] for run in boto3.client("glue").get_job_runs(JobName="load-orders")["JobRuns"]]

    def waiting(self):
        url = boto3.client("sqs").get_queue_url(QueueName="orders-arrivals")["QueueUrl"]
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = boto3.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return url, [int(found[name]) for name in names]

    def logs(self):
        return "".join(path.read_text() for path in sorted(pathlib.Path(self.account).glob("*.log")))

    def close(self):
        self.server.kill()
        self.server.wait()


def order(number, price, day=DAY, hour=10):
    return {"order_id": number, "category_id": number % 40, "price": f"{price}.00", "placed_at": f"{day}T{hour:02}:00:00"}


def passes(account):
    assert account.tick() == "SUCCEEDED", f"{account.said}\n{account.logs()[-3000:]}"
    assert account.table() == account.right(), account.logs()[-3000:]


def deliveries(account):
    """One delivery after the other, each run started by the schedule."""
    raw = f"raw/orders/dt={DAY}"
    passes(account)
    assert account.table() == [], "nothing has arrived yet"
    # The same order twice in a file, and lines that are none.
    account.deliver(f"{raw}/a.json", [order(n, 1) for n in range(600)] + ["{", order(5, 2, hour=11), order(5, 3, hour=9)])
    account.deliver(f"{raw}/b.json.gz", [order(n, 1) for n in range(600, 1200)] + ["[]"])
    assert account.waiting()[1] == [2, 0], "S3 tells the queue of each delivery"
    passes(account)
    assert account.waiting()[1] == [0, 0] and account.workers() == [2, 2]
    # Delivered again under its name, with another content: read again.
    account.deliver(f"{raw}/b.json.gz", [order(n, 4, hour=12) for n in range(600, 1200)])
    # Orders of the day before that come late: one that is new, one that is older than what is known.
    account.deliver(f"raw/orders/dt={NEXT}/a.json", [order(9_000, 5, day=DAY), order(7, 6, hour=1), order(8, 7, day=NEXT)])
    passes(account)
    # Twice under other names, in another batch and on another day: nothing doubles.
    account.deliver(f"{raw}/c.json", [order(n, 1) for n in range(600)])
    account.deliver(f"raw/orders/dt={NEXT}/b.json", [order(n, 4, hour=12) for n in range(600, 1200)])
    passes(account)
    before = account.s3.list_object_versions(Bucket=LAKE, Prefix="clean/")["Versions"]
    passes(account)
    assert len(account.s3.list_object_versions(Bucket=LAKE, Prefix="clean/")["Versions"]) == len(before), \
        "without a delivery nothing is written"
    print(f"{len(account.delivered)} deliveries, {len(account.table())} orders: as they must be", flush=True)


def backlog(account):
    """The more waits, the more workers, between 2 and 10; and what no day is of stays in the queue."""
    for number in range(100):
        account.deliver(f"raw/orders/dt={NEXT}/many-{number:03}.json", [order(20_000 + number, 1, day=NEXT)])
    account.s3.put_object(Bucket=LAKE, Key="raw/orders/stray.json", Body=b"{}")
    passes(account)
    assert account.workers()[-1] == 5, account.workers()
    url, waiting = account.waiting()
    assert sum(waiting) == 1, waiting
    test = json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": LAKE})
    for _ in range(100):
        boto3.client("sqs").send_message_batch(
            QueueUrl=url, Entries=[{"Id": str(n), "MessageBody": test} for n in range(10)])
    passes(account)
    assert account.workers()[-1] == 10, account.workers()
    print("workers follow the backlog: 2, 5, 10", flush=True)


def watched(account):
    """Every alarm of the template's own namespace is on a metric that was published."""
    cloudwatch = boto3.client("cloudwatch")
    published = {(one["Namespace"], one["MetricName"]) for one in cloudwatch.list_metrics()["Metrics"]}
    alarms = cloudwatch.describe_alarms()["MetricAlarms"]
    own = {(one["Namespace"], one["MetricName"]) for one in alarms if not one["Namespace"].startswith("AWS/")}
    assert len(own) == 2 and own <= published, (own, published)
    now = datetime.datetime.now(datetime.timezone.utc)
    dead = cloudwatch.get_metric_statistics(
        Namespace="distkey/sample", MetricName="orders-dead-letters", Period=86_400, Statistics=["Sum", "Maximum"],
        StartTime=now - datetime.timedelta(days=1), EndTime=now + datetime.timedelta(days=1))["Datapoints"]
    assert dead and max(one["Maximum"] for one in dead) == 2, dead
    print(f"alarms: each of {len(own)} is on a metric that is published", flush=True)


def broken(folder, connect, *changes):
    """What the template does not give is missing when it runs."""
    account = Account(folder, connect)
    try:
        account.deploy(*changes)
        account.deliver(f"raw/orders/dt={DAY}/a.json", [order(1, 1)])
        status = account.tick()
        assert status == "FAILED", f"{changes}: {status}\n{account.logs()[-2000:]}"
        print(f"without `{changes[0][0].strip().splitlines()[0]}`: FAILED", flush=True)
    finally:
        account.close()


def main():
    folder = tempfile.mkdtemp(prefix="deployed-")
    connect, stop = check.start_postgres(folder)
    account = None
    try:
        ddl = re.sub(r"\)\s*DISTSTYLE[^;]*;", ");", (check.SAMPLE / "orders.sql").read_text())
        connection = psycopg2.connect(connect)
        connection.autocommit = True
        connection.cursor().execute(ddl)
        connection.close()
        account = Account(folder, connect)
        account.deploy()
        deliveries(account)
        backlog(account)
        watched(account)
        account.close()
        broken(folder, connect, ("              Arguments: {--day: arrived}\n", ""))
        broken(folder, connect, ("${CodeBucket}/job.py\"}", "${CodeBucket}/other.py\"}"))
        broken(folder, connect, ("        --workgroup: !Ref Workgroup\n", ""))
        broken(folder, connect, ("[\"sqs:ReceiveMessage\", ", "["))
        broken(folder, connect, ("!Sub \"${Lake.Arn}/raw/orders/*\", ", ""))
    except BaseException:
        said = pathlib.Path(folder, "server.log").read_text().splitlines()
        print("\n".join([line for line in said if '" 200 -' not in line][-30:]), flush=True)
        raise
    finally:
        if account:
            account.close()
        subprocess.run(stop, stdout=subprocess.DEVNULL, cwd="/")
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
