"""What a rollback is tried in: S3, the warehouse, the account, and a history with a fault in it."""

import base64
import datetime
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request

import boto3
import psycopg2
import psycopg2.extras

import check

HERE = pathlib.Path(__file__).resolve().parent
STAND_INS = HERE / "rollback"
SAMPLE = check.SAMPLE
BUCKET = check.BUCKET
NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = (NOW - datetime.timedelta(days=1)).date().isoformat()
EARLIER = (NOW - datetime.timedelta(days=2)).date().isoformat()
LARGE = f"clean/orders/dt={DAY}/large"
TAGS = [{"Key": "owner", "Value": "orders + more=all"}]
WRITTEN = ("clean/", "dead-letter/", "state/")
# What starts the job by itself.
OURS = {"trigger EveryHalfHour", "rule orders-every-half-hour", "schedule machine", "schedule job"}
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
    """One of several that are at work at once: each has an S3, a database and an account of its own."""

    def __init__(self, folder, connect, script, first=None):
        """`connect` is of a database of its own; `first` is another world, which has done before what all need."""
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.connect, self.script, self.sleeper, self.jvm, self.spark = connect, script, None, None, {}
        self.server, self.endpoint = check.start_s3(folder, (str(STAND_INS / "s3.py"),))
        self.s3 = boto3.session.Session().client("s3", endpoint_url=self.endpoint)
        self.account = self.folder / "account"
        self.before, self.after = raw_objects()
        self.rows = right_rows({**self.before, **self.after})
        self.all_rows = sorted(self.rows + earlier_rows())
        self.ddl = re.sub(r"\)\s*DISTSTYLE[^;]*;", ");", (SAMPLE / "orders.sql").read_text())
        self.histories = first.histories if first else {"lock": threading.Lock()}
        try:
            self.recorded = first.recorded if first else self.record()
            self.start_jvm()
        except BaseException:
            self.close()
            raise

    def close(self):
        self.server.kill()
        self.end_processes()
        if self.jvm:
            self.jvm.communicate()

    def start_jvm(self):
        """One for the runs that nothing kills; others have their own."""
        self.new_account()
        environment = {**self.environment(), "PYTHONPATH": str(SAMPLE)}
        self.jvm = subprocess.Popen([sys.executable, str(STAND_INS / "spark.py")], env=environment, cwd=self.folder,
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.spark = json.loads(self.jvm.stdout.readline())

    def end_processes(self):
        """The run in flight, and those that a script left when it did not come to its end."""
        if self.sleeper:
            self.sleeper.kill()
            self.sleeper.wait()
            self.sleeper = None
        if (self.account / "state.json").exists():
            for run in self.account_state()["runs"]:
                try:
                    os.killpg(run["pid"], signal.SIGKILL)
                except (KeyError, ProcessLookupError):
                    pass

    def ask(self, method, path, body=None):
        """The server itself, beside what S3 has."""
        with urllib.request.urlopen(urllib.request.Request(self.endpoint + path, body, method=method)) as answer:
            return answer.read()

    def new_bucket(self):
        self.ask("POST", "/moto-api/reset")
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        self.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})

    def put(self, objects):
        for key, body in objects.items():
            self.s3.put_object(Bucket=BUCKET, Key=key, Body=body, Metadata={"of": "test"})

    def objects(self, metadata=False):
        """Of everything that the job writes: its bytes, or its metadata."""
        found = {}
        for one in json.loads(self.ask("GET", f"/objects?bucket={BUCKET}")):
            if one["Key"].startswith(WRITTEN):
                found[one["Key"]] = one["Metadata"] if metadata else base64.b64decode(one["Body"])
        return found

    def environment(self):
        return {**os.environ, **check.QUICK_SPARK, "AWS_ENDPOINT_URL": self.endpoint, "ACCOUNT": str(self.account)}

    def run_job(self, faulty=False):
        self.new_account()
        if faulty:
            (self.account / "faulty").touch()
        done = subprocess.run(
            [sys.executable, str(STAND_INS / "run_job.py"), "--day", DAY, "--bucket", BUCKET, "--resume"],
            env=self.environment(), cwd=self.folder, capture_output=True, text=True,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return self.objects()

    def record(self):
        """What the job gave before the time, what a correct one gives after it, and what the faulty one did."""
        self.new_bucket()
        self.put(self.before)
        then = self.run_job()
        self.put(self.after)
        right = self.run_job()
        self.new_bucket()
        self.put({**self.before, **self.after, **then})
        wrong = self.run_job(faulty=True)
        assert wrong != right and set(wrong) - set(right), "the faulty job does no harm"
        return then, right, wrong

    def new_account(self):
        self.end_processes()
        shutil.rmtree(self.account, ignore_errors=True)
        (self.account / "calls").mkdir(parents=True)
        # What starts the job, itself or by a state machine, and what doesn't.
        triggers = {
            "EveryHalfHour": {"type": "SCHEDULED", "state": "ACTIVATED", "job": "load-orders"},
            "ByHand": {"type": "ON_DEMAND", "state": "CREATED", "job": "load-orders"},
            "WasOff": {"type": "SCHEDULED", "state": "DEACTIVATED", "job": "load-orders"},
            "Other": {"type": "SCHEDULED", "state": "ACTIVATED", "job": "other"},
        }
        # A run of the faulty job that is in flight.
        self.sleeper = subprocess.Popen(["sleep", "1200"], start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
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
        text = re.sub(r"--.*", "", (SAMPLE / "load.sql").read_text()).replace("{{ day }}", DAY)
        statements = [one.strip() for one in text.split(";")]
        statements = [one for one in statements if one and one not in ("BEGIN", "COMMIT")]
        error, _ = warehouse.transaction(statements, self.connect, self.s3)
        assert error is None, error

    def table(self):
        rows = self.sql("SELECT order_id, category_id, price, placed_at::text FROM orders")
        return sorted((a, b, float(c), d) for a, b, c, d in rows)

    def is_right(self):
        return self.table() == self.all_rows

    def damage(self, earlier=False, ugly=60, large=False):
        """A history with a fault in it: the time, and what the ugly objects were then.

        It happens once, in the first world that needs it; from then on it is brought back as it
        was, times and versions included.
        """
        name = f"kept_{earlier}_{ugly}_{large}".lower()
        with self.histories["lock"]:
            if name not in self.histories:
                at, was = self.happen(earlier, ugly, large)
                rows = [self.sql(f"SELECT * FROM {table} ORDER BY 1") for table in ("orders", "orders_before")]
                self.histories[name] = at, was, rows, self.ask("GET", "/kept")
                return at, was
        at, was, rows, kept = self.histories[name]
        self.ask("PUT", "/kept", kept)
        self.new_account()
        self.sql("DROP TABLE IF EXISTS orders, orders_before", self.ddl, "CREATE TABLE orders_before AS SELECT * FROM orders")
        connection = psycopg2.connect(self.connect)
        for table, of in zip(("orders", "orders_before"), rows):
            psycopg2.extras.execute_values(connection.cursor(), f"INSERT INTO {table} VALUES %s", of)
        connection.commit()
        connection.close()
        return at, was

    def happen(self, earlier, ugly, large):
        then, _, wrong = self.recorded
        self.new_bucket()
        self.new_account()
        values = ", ".join(f"({n}, {category}, {price}, '{placed}')" for n, category, price, placed in earlier_rows())
        self.sql("DROP TABLE IF EXISTS orders, orders_before", self.ddl, f"INSERT INTO orders VALUES {values}")
        self.put(self.before)
        self.put(then)
        keys = [f"clean/orders/dt={DAY}/ugly/{UGLY[n % len(UGLY)]}{n}" for n in range(ugly)]
        new = set(keys[0::4])
        was = {key: f"then {key}".encode() for key in keys if key not in new}
        if large:
            was[LARGE] = bytes(range(256)) * 44_000
        self.put(was)
        if large:
            self.s3.put_object_tagging(Bucket=BUCKET, Key=LARGE, Tagging={"TagSet": TAGS})
        self.put({f"clean/orders_old/{n}": b"then" for n in range(3)})
        self.load()
        self.sql("CREATE TABLE orders_before AS SELECT * FROM orders")
        time.sleep(1.1)
        at = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        time.sleep(1.1)
        self.put(self.after)
        for key in set(then) - set(wrong):
            self.s3.delete_object(Bucket=BUCKET, Key=key)
        self.put({key: body for key, body in wrong.items() if then.get(key) != body})
        # New, overwritten, deleted, as it was.
        self.put({key: f"wrong {key}".encode() for key in keys[0::4] + keys[1::4]})
        if large:
            self.put({LARGE: b"wrong"})
        for key in keys[2::4]:
            self.s3.delete_object(Bucket=BUCKET, Key=key)
        self.put({f"clean/orders_old/{n}": b"later" for n in range(3)})
        self.load()
        assert not self.is_right()
        if earlier:
            # What MERGE does to orders of earlier days.
            self.sql("UPDATE orders SET price = 666 WHERE order_id BETWEEN 500000 AND 500020",
                     f"INSERT INTO orders VALUES (1500000, 1, 1, '{EARLIER} 08:00:00')")
        return at, was

    def run(self, arguments, fault="", kill_after=None, psql=False, own_jvm=True, **more):
        """Runs the script: its exit code, and what it said. With `own_jvm` every run of the job starts one."""
        path = f"{STAND_INS}:{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
        environment = {
            **self.environment(), "PATH": path, "PYTHONPATH": str(STAND_INS), "FAULT": fault, "WAREHOUSE": self.connect,
            "PAUSE_SECONDS": "0.3", "STATE_DIR": f"{self.account}/memory", "THREADS": "16", **more,
        }
        if not own_jvm:
            environment.update(self.spark)
        if psql:
            environment["PGHOST"] = "stand-in"
        for file in (self.account / "calls").iterdir():
            file.unlink()
        command = ["bash", "-c", 'export SCRIPT_GROUP=$$; exec bash "$@"', "_", str(self.script), *arguments]
        process = subprocess.Popen(command, env=environment, start_new_session=True, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True)
        try:
            said, _ = process.communicate(timeout=kill_after or 900)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
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
        return {name for name, on in self.starters().items() if on and name in OURS}

    def calls(self):
        """How many calls of each kind the script made when it ran last."""
        return {file.name: file.stat().st_size for file in (self.account / "calls").iterdir()}

    def check(self, was, said):
        """All is as a correct history has it."""
        assert self.is_right(), said
        found, metadata = self.objects(), self.objects(metadata=True)
        wanted = {**self.recorded[1], **was, **{f"clean/orders_old/{n}": b"later" for n in range(3)}}
        extra, lost = set(found) - set(wanted), set(wanted) - set(found)
        assert not extra and not lost, f"{extra} {lost} {said}"
        other = [key for key in wanted if found[key] != wanted[key]]
        assert not other, f"{other[:3]}: other bytes; {said}"
        for key in was:
            assert metadata[key].get("x-amz-meta-of", metadata[key].get("of")) == "test", f"{key}: {metadata[key]}"
        if LARGE in was:
            assert self.s3.get_object_tagging(Bucket=BUCKET, Key=LARGE)["TagSet"] == TAGS, said
        on = {name for name, on in self.starters().items() if on}
        assert on == OURS | {"trigger Other", "rule others-daily", "schedule other-job", "schedule nothing"}, f"{on} {said}"
        machines = self.account_state()["machines"]
        assert machines["orders"]["running"] == [] and machines["others"]["running"] == ["execution-3"], said


def arguments(world, at, before=False):
    extra = ["--before", "orders_before"] if before else []
    return ["--at", at, "--since", f"{DAY}T00:00:00Z", "--run", f"day={DAY}", "--expected", str(len(world.rows)), *extra]
