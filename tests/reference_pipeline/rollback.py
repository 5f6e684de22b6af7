"""The rollback's script, run: moto's server as S3, PostgreSQL as Redshift, the job for real.

A faulty version of the job writes and loads after a time; the script that distkey prints takes
it back. Every kind of call fails, the first, one in the middle and the last of it, before it
reaches the service and after; and the script is killed. Started again until it ends, the
table equals row by row what a correct history gives, and the trigger starts only then.

    rollback.py small|whole DISTKEY [KINDS]

KINDS is a pattern of the calls that fail, such as `events|scheduler`, to try no others.
"""

import collections
import datetime
import gzip
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

import boto3
import psycopg2

import check

HERE = pathlib.Path(__file__).resolve().parent
STAND_INS = HERE / "rollback"
SAMPLE = check.SAMPLE
BUCKET = check.BUCKET
NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = (NOW - datetime.timedelta(days=1)).date().isoformat()
EARLIER = (NOW - datetime.timedelta(days=2)).date().isoformat()
LARGE = f"clean/orders/dt={DAY}/large"
WRITTEN = ("clean/", "dead-letter/", "state/")
# What starts the job by itself.
OURS = {"trigger EveryHalfHour", "rule orders-every-half-hour", "schedule machine", "schedule job"}
# Calls that change what a rollback is of.
CHANGES = ("s3 CopyObject", "s3 DeleteObject", "glue start-job-run", "redshift-data batch-execute-statement", "psql")
UGLY = [
    "back\\slash", "tab\there", "new\nline", "carriage\rreturn", "quote\"double", "quote'single", "plus+plus",
    "per%cent", "per%20cent", "%2F", "é", "e\u0301", "日本", "🙂", " blank first", "blank last ", "a//b", "a/../b", "./a",
    "?versionId=null", "a?b&c=d", "#hash", "<xml>&amp;</xml>", "$(id)", "`id`", "{}", "*", "~", "null", "-", "--apply",
    "a;b", "a|b", "\u2028", "\x7f", "@{dt}",
]


def order(number, day, price, hour=10):
    return {"order_id": number, "category_id": number % 40, "price": price, "placed_at": f"{day}T{hour:02}:00:00"}


def raw_objects():
    """What was delivered before the time, and what after it."""
    lines = [json.dumps(order(n, DAY, f"{n % 500}.5")) for n in range(check.GOOD)]
    lines[17:17] = ["{", "null", '{"order_id": 1}']
    before = {f"raw/orders/dt={DAY}/{n}.json": "\n".join(lines[n::6]).encode() for n in range(6)}
    after = {
        f"raw/orders/dt={DAY}/6.json": [order(n, DAY, "7.25") for n in range(2400, 2600)],
        # Orders that were changed: the later row counts.
        f"raw/orders/dt={DAY}/8.json": [order(n, DAY, "8.75", 12) for n in range(100, 200)],
        # Twice in one file.
        f"raw/orders/dt={DAY}/9.json": [order(n, DAY, "9.00", 11) for n in (5, 5, 6, 6)],
    }
    after = {key: "\n".join(map(json.dumps, rows)).encode() for key, rows in after.items()}
    # Redelivered under another name.
    after[f"raw/orders/dt={DAY}/7.json"] = before[f"raw/orders/dt={DAY}/2.json"]
    return before, after


def right_rows(raw):
    """What a correct history gives for the day: of each order the latest row, by its own code."""
    latest = {}
    for body in raw.values():
        for line in body.decode().splitlines():
            try:
                row = json.loads(line)
                row = (row["order_id"], row["category_id"], float(row["price"]), row["placed_at"].replace("T", " "))
            except (ValueError, KeyError, TypeError):
                continue
            if row[0] not in latest or latest[row[0]][3] < row[3]:
                latest[row[0]] = row
    return sorted(latest.values())


def earlier_rows():
    return [(n, n % 40, 3.5, f"{EARLIER} 09:00:00") for n in range(500_000, 500_100)]


class World:
    """S3, the warehouse and the account, with what the jobs write, recorded once."""

    def __init__(self, folder, distkey, ugly):
        self.folder, self.ugly, self.sleeper = folder, ugly, None
        self.server = check.start_s3(folder, (str(STAND_INS / "s3.py"),))
        self.connect, self.stop = check.start_postgres(folder)
        self.s3 = boto3.client("s3")
        self.account = pathlib.Path(folder, "account")
        self.script = pathlib.Path(folder, "rollback.sh")
        command = [distkey, "pipeline", "runbook", str(SAMPLE), "--column", "placed_at", "--script"]
        self.script.write_text(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        self.before, self.after = raw_objects()
        self.rows = right_rows({**self.before, **self.after})
        self.ddl = re.sub(r"\)\s*DISTSTYLE[^;]*;", ");", (SAMPLE / "orders.sql").read_text())
        try:
            self.record()
        except BaseException:
            self.close()
            raise

    def close(self):
        self.server.kill()
        if self.sleeper:
            self.sleeper.kill()
        subprocess.run(self.stop, stdout=subprocess.DEVNULL, cwd="/")

    def new_bucket(self):
        endpoint = os.environ["AWS_ENDPOINT_URL"]
        urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST"))
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        self.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})

    def put(self, objects):
        for key, body in objects.items():
            self.s3.put_object(Bucket=BUCKET, Key=key, Body=body, Metadata={"of": "test"})

    def objects(self, prefixes=WRITTEN):
        found = {}
        for prefix in prefixes:
            for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix):
                for one in page.get("Contents", []):
                    found[one["Key"]] = self.s3.get_object(Bucket=BUCKET, Key=one["Key"])["Body"].read()
        return found

    def run_job(self, faulty=False):
        self.new_account()
        if faulty:
            (self.account / "faulty").touch()
        done = subprocess.run(
            [sys.executable, str(STAND_INS / "run_job.py"), "--day", DAY, "--bucket", BUCKET, "--resume"],
            env={**os.environ, "ACCOUNT": str(self.account), "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"},
            cwd=self.folder, capture_output=True, text=True,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return self.objects()

    def record(self):
        self.new_bucket()
        self.put(self.before)
        self.then = self.run_job()
        self.put(self.after)
        self.right = self.run_job()
        self.new_bucket()
        self.put({**self.before, **self.after, **self.then})
        self.wrong = self.run_job(faulty=True)
        assert self.wrong != self.right and set(self.wrong) - set(self.right), "the faulty job does no harm"

    def new_account(self):
        shutil.rmtree(self.account, ignore_errors=True)
        self.account.mkdir()
        # What starts the job, itself or by a state machine, and what doesn't.
        triggers = {
            "EveryHalfHour": {"type": "SCHEDULED", "state": "ACTIVATED", "job": "load-orders"},
            "ByHand": {"type": "ON_DEMAND", "state": "CREATED", "job": "load-orders"},
            "WasOff": {"type": "SCHEDULED", "state": "DEACTIVATED", "job": "load-orders"},
            "Other": {"type": "SCHEDULED", "state": "ACTIVATED", "job": "other"},
        }
        # A run of the faulty job that is in flight.
        if self.sleeper:
            self.sleeper.kill()
            self.sleeper.wait()
        self.sleeper = subprocess.Popen(["sleep", "600"], start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        runs = [{"id": f"jr_{n}", "state": "SUCCEEDED", "arguments": {}} for n in range(3)]
        runs.append({"id": "jr_3", "state": "RUNNING", "arguments": {}, "pid": self.sleeper.pid})
        # One that loads the table, whose process is that of the other.
        runs.append({"id": "jr_4", "job": "load-orders-table", "state": "RUNNING", "arguments": {}})
        machines = {
            "orders": {"jobs": ["load-orders", "load-orders-table"], "running": ["execution-1", "execution-2"]},
            "others": {"jobs": ["other"], "running": ["execution-3"]},
        }
        rules = {
            "orders-every-half-hour": {"target": "arn:orders", "state": "ENABLED"},
            "orders-was-off": {"target": "arn:orders", "state": "DISABLED"},
            "others-daily": {"target": "arn:others", "state": "ENABLED"},
        }
        call = "arn:aws:scheduler:::aws-sdk:glue:startJobRun"
        schedules = {
            name: {"State": "ENABLED", "Target": target, "ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": {"Mode": "OFF"}}
            for name, target in {
                "machine": {"Arn": "arn:orders", "RoleArn": "arn:role"},
                "job": {"Arn": call, "RoleArn": "arn:role", "Input": json.dumps({"JobName": "load-orders"})},
                "other-job": {"Arn": call, "RoleArn": "arn:role", "Input": json.dumps({"JobName": "other"})},
                "nothing": {"Arn": "arn:aws:sqs:x", "RoleArn": "arn:role"},
            }.items()
        }
        state = {"triggers": triggers, "runs": runs, "statements": {}, "machines": machines, "rules": rules,
                 "schedules": schedules}
        (self.account / "state.json").write_text(json.dumps(state))

    def sql(self, *statements):
        connection = psycopg2.connect(self.connect)
        connection.autocommit = True
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        rows = cursor.fetchall() if cursor.description else None
        connection.close()
        return rows

    def load(self):
        sys.path.insert(0, str(STAND_INS))
        import warehouse
        os.environ["WAREHOUSE"] = self.connect
        text = re.sub(r"--.*", "", (SAMPLE / "load.sql").read_text()).replace("{{ day }}", DAY)
        statements = [one.strip() for one in text.split(";")]
        statements = [one for one in statements if one and one not in ("BEGIN", "COMMIT")]
        error, _ = warehouse.transaction(statements)
        assert error is None, error

    def table(self):
        rows = self.sql("SELECT order_id, category_id, price, placed_at::text FROM orders")
        return sorted((a, b, float(c), d) for a, b, c, d in rows)

    def ugly_objects(self, generation):
        keys = [f"clean/orders/dt={DAY}/ugly/{UGLY[n % len(UGLY)]}{n}" for n in range(self.ugly)]
        return {key: f"{generation} {key}".encode() for key in keys}

    def damage(self, earlier, large=False):
        """A history with a fault in it: the time, and what the ugly objects were then."""
        self.new_bucket()
        self.new_account()
        self.sql("DROP TABLE IF EXISTS orders, orders_before", self.ddl)
        for n, category, price, placed in earlier_rows():
            self.sql(f"INSERT INTO orders VALUES ({n}, {category}, {price}, '{placed}')")
        self.put(self.before)
        self.put(self.then)
        was = self.ugly_objects("then")
        keys = list(was)
        new = set(keys[0::4])
        was = {key: body for key, body in was.items() if key not in new}
        if large:
            was[LARGE] = bytes(range(256)) * 44_000
        self.put(was)
        self.put({f"clean/orders_old/{n}": b"then" for n in range(3)})
        self.load()
        self.sql("CREATE TABLE orders_before AS SELECT * FROM orders")
        time.sleep(1.1)
        at = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        time.sleep(1.1)
        self.put(self.after)
        for key in set(self.then) - set(self.wrong):
            self.s3.delete_object(Bucket=BUCKET, Key=key)
        self.put({key: body for key, body in self.wrong.items() if self.then.get(key) != body})
        later = self.ugly_objects("wrong")
        # New, overwritten, deleted, as it was.
        self.put({key: later[key] for key in keys[0::4] + keys[1::4]})
        if large:
            self.put({LARGE: b"wrong"})
        for key in keys[2::4]:
            self.s3.delete_object(Bucket=BUCKET, Key=key)
        self.put({f"clean/orders_old/{n}": b"later" for n in range(3)})
        self.load()
        assert self.table() != sorted(self.rows + earlier_rows())
        if earlier:
            # What MERGE does to orders of earlier days.
            self.sql("UPDATE orders SET price = 666 WHERE order_id BETWEEN 500000 AND 500020",
                     f"INSERT INTO orders VALUES (1500000, 1, 1, '{EARLIER} 08:00:00')")
        return at, was

    def run(self, arguments, fault="", kill_after=None, psql=False, **more):
        """Runs the script: its exit code, and what it said."""
        path = f"{STAND_INS}:{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
        environment = {
            **os.environ, "PATH": path, "PYTHONPATH": str(STAND_INS), "ACCOUNT": str(self.account), "FAULT": fault,
            "WAREHOUSE": self.connect, "PAUSE_SECONDS": "0.2", "STATE_DIR": f"{self.account}/memory", "THREADS": "16", **more,
        }
        if psql:
            environment["PGHOST"] = "stand-in"
        (self.account / "calls").write_text("")
        command = ["bash", "-c", 'export SCRIPT_GROUP=$$; exec bash "$@"', "_", str(self.script), *arguments]
        process = subprocess.Popen(command, env=environment, start_new_session=True, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True)
        try:
            said, _ = process.communicate(timeout=kill_after or 600)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            said, _ = process.communicate()
        return process.returncode, said

    def account_state(self):
        return json.loads((self.account / "state.json").read_text())

    def starters(self):
        """Of everything that starts something: whether it is on."""
        state = self.account_state()
        return {
            **{f"trigger {name}": one["state"] == "ACTIVATED" for name, one in state["triggers"].items()},
            **{f"rule {name}": one["state"] == "ENABLED" for name, one in state["rules"].items()},
            **{f"schedule {name}": one["State"] == "ENABLED" for name, one in state["schedules"].items()},
        }

    def active(self):
        """Those of ours that are on."""
        return {name for name in OURS if self.starters()[name]}

    def calls(self):
        return collections.Counter((self.account / "calls").read_text().splitlines())

    def check(self, was, said):
        """All is as a correct history has it."""
        assert self.table() == sorted(self.rows + earlier_rows()), said
        found = self.objects()
        wanted = {**self.right, **was, **{f"clean/orders_old/{n}": b"later" for n in range(3)}}
        extra, lost = set(found) - set(wanted), set(wanted) - set(found)
        assert not extra and not lost, f"{extra} {lost} {said}"
        other = [key for key in wanted if found[key] != wanted[key]]
        assert not other, f"{other[:3]}: other bytes; {said}"
        for key in list(was)[:20]:
            assert self.s3.head_object(Bucket=BUCKET, Key=key)["Metadata"] == {"of": "test"}, key
        on = {name for name, on in self.starters().items() if on}
        assert on == OURS | {"trigger Other", "rule others-daily", "schedule other-job", "schedule nothing"}, f"{on} {said}"
        machines = self.account_state()["machines"]
        assert machines["orders"]["running"] == [] and machines["others"]["running"] == ["execution-3"], said


def arguments(world, at, before=False):
    extra = ["--before", "orders_before"] if before else []
    return ["--at", at, "--since", f"{DAY}T00:00:00Z", "--run", f"day={DAY}", "--expected", str(len(world.rows)), *extra]


def whole_way(world, before, psql=False):
    """Without a fault: the calls of each kind."""
    at, was = world.damage(earlier=before)
    given = arguments(world, at, before)
    table, objects = world.table(), world.objects()
    code, said = world.run(given, psql=psql)
    assert code == 0 and "Nothing was changed" in said, said
    assert (table, objects) == (world.table(), world.objects()), "a dry run changed something"
    assert world.active() == OURS and not world.calls()["glue stop-trigger"]
    started = time.monotonic()
    code, said = world.run([*given, "--apply"], psql=psql)
    assert code == 0, said
    world.check(was, said)
    calls = world.calls()
    print(f"whole, before={before}, psql={psql}: {len(was)} ugly objects, {sum(calls.values())} calls, "
          f"{time.monotonic() - started:.0f} s")
    # The same incident is known as finished, another one is done as new.
    code, said = world.run([*given, "--apply"], psql=psql)
    assert code == 2 and "was finished" in said and not world.calls(), said
    return calls


def again_until_done(world, given, said, psql=False):
    for _ in range(3):
        code, more = world.run([*given, "--apply"], psql=psql)
        said += more
        if code == 0 or "was finished" in more:
            return said
    raise AssertionError(f"it does not come to an end:\n{said}")


def with_fault(world, fault, before=False, psql=False):
    kind, number, moment = fault.split("|")
    at, was = world.damage(earlier=before)
    given = arguments(world, at, before)
    code, said = world.run([*given, "--apply"], fault=fault, psql=psql)
    reached = world.calls()[kind]
    if code == 0 and 0 < reached < int(number):
        # How often it asks whether something has ended is not the same each time.
        print(f"{fault}: {reached} calls this time", flush=True)
        return with_fault(world, f"{kind}|{reached // 2 + 1}|{moment}", before, psql)
    assert code == (-9 if moment == "kill" else code) and code != 0, f"{fault}: went unnoticed ({code})\n{said}"
    # Whatever has begun, nothing starts by itself before the table is right.
    right = world.table() == sorted(world.rows + earlier_rows())
    begun = any(world.calls()[one] for one in CHANGES)
    assert right or not begun or not world.active(), f"{fault}: thawed too early\n{said}"
    said = again_until_done(world, given, f"{fault}\n{said}", psql)
    world.check(was, said)
    print(f"{fault}: the same state", flush=True)


def noted(wrong, world, fault, **how):
    """The next ones are tried, too: what fails is told at the end."""
    try:
        with_fault(world, fault, **how)
    except AssertionError as error:
        print(f"{fault}: WRONG: {error}", flush=True)
        wrong.append(f"{fault}: {error}")


def large_objects(world):
    """What is above the most that one call copies goes in parts, with its metadata."""
    at, was = world.damage(earlier=False, large=True)
    # S3's least part, and objects that are one part.
    given = [*arguments(world, at), "--apply"]
    code, said = world.run(given, fault="s3 UploadPartCopy|2|before", COPY_BYTES="10", PART_BYTES=str(5 * 1024**2))
    assert code == 1 and not world.active(), said
    code, said = world.run(given, COPY_BYTES="10", PART_BYTES=str(5 * 1024**2))
    assert code == 0 and not world.calls()["s3 CopyObject"] and world.calls()["s3 UploadPartCopy"] > 3, said
    world.check(was, said)
    assert world.s3.head_object(Bucket=BUCKET, Key=LARGE)["Metadata"] == {"of": "test"}
    print("objects above the most that one call copies: as they must be", flush=True)


def versions_are_told_apart():
    """Which version was current, by hand."""
    sys.path.insert(0, str(HERE.parent.parent / "templates"))
    import objects
    at = datetime.datetime(2026, 1, 2, 3, tzinfo=datetime.timezone.utc)

    def entry(seconds, name, latest=False, gone=False):
        return {"LastModified": at + datetime.timedelta(seconds=seconds), "VersionId": name, "IsLatest": latest, "Gone": gone}

    for found, then, now, sure in [
        # The second of the time belongs to it, the next one does not.
        ([entry(1, "c", True), entry(0, "b"), entry(-9, "a")], "b", "c", True),
        ([entry(0, "b", True), entry(-9, "a")], "b", "b", True),
        ([entry(5, "b", True)], None, "b", True),
        # Two versions of one second stand in the order of the listing.
        ([entry(9, "d", True), entry(-1, "c"), entry(-1, "b"), entry(-9, "a")], "c", "d", True),
        # A version and a marker of one second: not known, but for what is current now.
        ([entry(9, "d", True), entry(-1, "c"), entry(-1, "b", gone=True)], "c", "d", False),
        ([entry(-1, "c"), entry(-1, "b", True, gone=True)], "b", "b", True),
        # Deleted then, written again.
        ([entry(9, "c", True), entry(-1, "b", gone=True), entry(-9, "a")], "b", "c", True),
    ]:
        old, new, known = objects.as_of(found, at)
        assert (old and old["VersionId"], new["VersionId"], known) == (then, now, sure), found
    for place, key, inside in [
        ({"kind": "below", "text": "clean/orders"}, "clean/orders", True),
        ({"kind": "below", "text": "clean/orders"}, "clean/orders/a", True),
        ({"kind": "below", "text": "clean/orders"}, "clean/orders_old/a", False),
        ({"kind": "begin", "text": "clean/orders_"}, "clean/orders_old/a", True),
    ]:
        assert objects.inside(place, key) == inside, (place, key)


def refusals(world):
    """What must not start at all, or stop where it stands."""
    at, _ = world.damage(earlier=False)
    given = arguments(world, at)

    def refused(words, part, code=2):
        found, said = world.run([*words, "--apply"])
        assert found == code and part in said, f"{words}: {found}\n{said}"

    refused(given[2:], "--at TIME is missing")
    refused(["--at", "2026-01-02T25:00:00Z", *given[2:]], "hour")
    refused(["--at", "2026-01-02T03:00:00", *given[2:]], "with an offset")
    refused(["--at", "2999-01-02T03:00:00Z", *given[2:]], "in the future")
    refused(given[:4], "--run is missing")
    refused([*given[:4], "--run", "date=2026-01-02"], "names exactly: day")
    refused([*given[:4], "--run", "day=$(id)"], "write NAME=VALUE")
    refused([*given, "--run", f"day={DAY}"], "given twice")
    refused([*given, "--before", "x; DROP TABLE orders"], "is no name of a table")
    # A copy of a later time has what went wrong in it.
    world.sql("CREATE TABLE orders_later AS SELECT * FROM orders",
              f"INSERT INTO orders_later VALUES (9000001, 1, 1, '{NOW:%Y-%m-%d %H:%M:%S}'::timestamp + interval '1 day')")
    refused([*given, "--before", "orders_later"], "is a copy of a later time", code=1)
    world.sql("DROP TABLE orders_later")
    world.new_account()
    # Objects of the day change, and no run writes them again.
    refused([*given[:4], "--run", f"day={EARLIER}", *given[6:]], f"--run day={DAY}", code=1)
    assert not world.active()
    world.new_account()
    # A count that is not right: nothing is committed, and the trigger stays stopped.
    table = world.table()
    for wrong in (len(world.rows) + 1, 0):
        refused([*given[:-1], str(wrong)], "stopped:", code=1)
        assert world.table() == table and not world.active()
    # Not known yet: it stops there and says what the files hold.
    refused(given[:-2], f"files of run 1: {len(world.rows)} rows", code=3)
    assert world.table() == table
    # Somebody writes the table after the load.
    code, said = world.run([*given, "--apply"], fault="redshift-data get-statement-result|1|before")
    world.sql(f"INSERT INTO orders VALUES (9000000, 1, 1, '{DAY} 10:00:00')")
    refused(given, "somebody else writes", code=1)
    assert not world.active()
    world.sql("DELETE FROM orders WHERE order_id = 9000000")
    code, said = world.run([*given, "--apply"])
    assert code == 0 and world.active() == OURS, said
    # A second incident has a memory of its own.
    at, was = world.damage(earlier=False)
    again = arguments(world, at)
    code, said = world.run([*again, "--apply"])
    assert code == 0 and "done before" not in said, said
    world.check(was, said)
    # Without versions there is nothing to go back to.
    world.damage(earlier=False)
    world.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})
    refused(given, "versioning of example-lake is Suspended", code=1)
    # Archived, so that no copy of it can be made now.
    world.new_bucket()
    world.new_account()
    key = f"clean/orders/dt={DAY}/cold"
    world.s3.put_object(Bucket=BUCKET, Key=key, Body=b"then", StorageClass="GLACIER")
    time.sleep(1.1)
    at = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    time.sleep(1.1)
    world.put({key: b"wrong"})
    refused(arguments(world, at), "restore-object --version-id", code=1)
    assert world.objects() == {key: b"wrong"} and not world.active()
    # Versions of then are removed by a lifecycle.
    at, _ = world.damage(earlier=False)
    rule = {"ID": "x", "Status": "Enabled", "Filter": {"Prefix": "clean/"}, "NoncurrentVersionExpiration": {"NoncurrentDays": 1}}
    world.s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [rule]})
    old = (NOW - datetime.timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    refused(["--at", old, "--run", f"day={DAY}"], "may be gone", code=1)
    print("refusals: as they must be", flush=True)


def main():
    size, distkey, kinds = (*sys.argv[1:], "")[:3]
    folder = tempfile.mkdtemp(prefix="rollback-")
    world = World(folder, distkey, {"small": 80, "whole": 5_000}[size])
    try:
        versions_are_told_apart()
        if size == "small":
            whole_way(world, before=True)
            with_fault(world, "s3 CopyObject|9|kill")
            with_fault(world, "redshift-data batch-execute-statement|2|after")
            return
        if not kinds:
            whole_way(world, before=False)
        world.ugly = 60
        refusals(world)
        large_objects(world)
        whole_way(world, before=True, psql=True)
        calls = whole_way(world, before=False)
        wrong = []
        for kind, count in sorted(calls.items()):
            if not re.search(kinds, kind):
                continue
            for number in sorted({1, (count + 1) // 2, count}):
                for moment in ("before", "after", "kill"):
                    noted(wrong, world, f"{kind}|{number}|{moment}", before=number == count)
        for moment in ("before", "after", "kill"):
            noted(wrong, world, f"psql|2|{moment}", psql=True)
        assert not wrong, "\n\n".join(wrong)
        if kinds:
            return
        generator = random.Random(1)
        for number in range(20):
            at, was = world.damage(earlier=False)
            given = arguments(world, at)
            said = ""
            for _ in range(3):
                code, more = world.run([*given, "--apply"], kill_after=generator.uniform(0.5, 12))
                said += more
                if code == 0:
                    break
            world.check(was, again_until_done(world, given, said) if code else said)
            print(f"killed at random, {number}: the same state", flush=True)
    finally:
        world.close()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
