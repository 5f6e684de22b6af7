"""No row lost, none doubled, malformed rows in the dead-letter place: whatever is killed."""

import glob
import gzip
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import tracemalloc

import boto3
import psycopg2

HERE = pathlib.Path(__file__).resolve().parent
SAMPLE = HERE.parent.parent / "sample_pipeline"
BUCKET, DAY = "example-lake", "2026-01-02"
GOOD, BAD = 2_400, 7
# A start of Spark takes most of the time of a run that is this small.
QUICK_SPARK = {
    "PYSPARK_PYTHON": sys.executable,
    "SPARK_LOCAL_IP": "127.0.0.1",
    "JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "PYSPARK_SUBMIT_ARGS": "--master local[2] --conf spark.ui.enabled=false pyspark-shell",
}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start_s3(folder, program=("-m", "moto.server")):
    """The server, and where it is: for this process, too, if it started no other one after it."""
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    os.environ.update(
        AWS_ENDPOINT_URL=endpoint,
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_DEFAULT_REGION="eu-west-1",
    )
    server = subprocess.Popen(
        [sys.executable, *program, "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=open(os.path.join(folder, "server.log"), "a"),
    )
    for _ in range(100):
        try:
            boto3.session.Session().client("s3", endpoint_url=endpoint).list_buckets()
            return server, endpoint
        except Exception:
            time.sleep(0.2)
    raise SystemExit("moto's server does not answer")


def start_postgres(folder):
    programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
    data, port = os.path.join(folder, "pg"), free_port()
    # PostgreSQL refuses to run as root.
    as_user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    os.makedirs(data)
    if as_user:
        os.chmod(folder, 0o755)
        shutil.chown(data, "postgres")
    quiet = {"stdout": subprocess.DEVNULL, "cwd": "/"}
    subprocess.run(as_user + [f"{programs}/initdb", "-D", data, "-A", "trust", "-U", "test"], check=True, **quiet)
    options = f"-p {port} -k {data} -c listen_addresses=127.0.0.1 -c fsync=off"
    command = [f"{programs}/pg_ctl", "-D", data, "-w", "-o", options, "-l", f"{data}/log", "start"]
    subprocess.run(as_user + command, check=True, **quiet)
    stop = as_user + [f"{programs}/pg_ctl", "-D", data, "-m", "immediate", "stop"]
    return f"host=127.0.0.1 port={port} user=test dbname=postgres", stop


def put_raw(s3):
    s3.create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    lines = [
        json.dumps({"order_id": n, "category_id": n % 40, "price": f"{n % 500}.5", "placed_at": f"{DAY}T10:00:00"})
        for n in range(GOOD)
    ]
    bad = ["{", "null", '{"order_id": 1}', '{"order_id": "x", "category_id": 1, "price": 2, "placed_at": "2026-01-02"}',
           '{"order_id": 9, "category_id": 1, "price": "much", "placed_at": "2026-01-02"}', "[]",
           '{"order_id": 9, "category_id": 1, "price": 2, "placed_at": "now"}']
    assert len(bad) == BAD
    for number, line in enumerate(bad):
        lines.insert(number * 300 + 17, line)
    for number in range(6):
        body = "\n".join(lines[number::6]).encode()
        key = f"raw/orders/dt={DAY}/{number}.json"
        if number % 2:
            key, body = key + ".gz", gzip.compress(body, mtime=0)
        s3.put_object(Bucket=BUCKET, Key=key, Body=body)


def run_job(folder, kill_after=0):
    counter = os.path.join(folder, "writes")
    open(counter, "w").close()
    environment = {
        **os.environ,
        "PYTHONPATH": f"{HERE / 'killer'}:{SAMPLE}",
        "WRITES_COUNTED_IN": counter,
        "KILL_AFTER": str(kill_after),
        **QUICK_SPARK,
    }
    done = subprocess.run(
        [sys.executable, str(HERE / "run_job.py"), "--day", DAY, "--bucket", BUCKET, "--resume"],
        env=environment, cwd=folder, start_new_session=True, capture_output=True, text=True,
    )
    return done, os.path.getsize(counter)


def written(s3):
    """Every object below what the job writes, with its bytes."""
    objects = {}
    for prefix in ("clean/", "dead-letter/", "state/"):
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        for page in pages:
            for one in page.get("Contents", []):
                objects[one["Key"]] = s3.get_object(Bucket=BUCKET, Key=one["Key"])["Body"].read()
    return objects


def forget(s3):
    for key in written(s3):
        s3.delete_object(Bucket=BUCKET, Key=key)


def rows_of(objects, prefix):
    lines = []
    for key, body in objects.items():
        if key.startswith(prefix) and key.endswith(".gz"):
            lines += gzip.decompress(body).decode().splitlines()
    return [json.loads(line) for line in lines]


def check_counts(objects):
    ids = [row["order_id"] for row in rows_of(objects, "clean/")]
    assert len(ids) == GOOD and set(ids) == set(range(GOOD)), f"{len(ids)} rows, {len(set(ids))} different"
    letters = rows_of(objects, "dead-letter/")
    assert len(letters) == BAD and all(one["reason"] for one in letters), letters
    manifest = json.loads(objects[f"clean/orders/dt={DAY}/manifest"])
    named = {entry["url"].split("/", 3)[3] for entry in manifest["entries"]}
    assert named == {key for key in objects if key.startswith("clean/") and key.endswith(".gz")}


def statements():
    text = re.sub(r"--.*", "", (SAMPLE / "load.sql").read_text()).replace("{{ day }}", DAY)
    return [one.strip() for one in text.split(";") if one.strip()]


def copy_arrived(cursor, s3):
    """What COPY with MANIFEST does."""
    body = s3.get_object(Bucket=BUCKET, Key=f"clean/orders/dt={DAY}/manifest")["Body"].read()
    for entry in json.loads(body)["entries"]:
        key = entry["url"].split("/", 3)[3]
        lines = gzip.decompress(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()).decode()
        for line in lines.splitlines():
            row = json.loads(line)
            values = [row[name] for name in ("order_id", "category_id", "price", "placed_at")]
            cursor.execute("INSERT INTO arrived VALUES (%s, %s, %s, %s)", values)


def load(connect, s3, stop_after=None):
    connection = psycopg2.connect(connect)
    connection.autocommit = True
    cursor = connection.cursor()
    for number, statement in enumerate(statements(), 1):
        if statement.upper().startswith("COPY"):
            copy_arrived(cursor, s3)
        elif statement.upper().startswith("SET QUERY_GROUP"):
            # Queues are Redshift's own.
            continue
        else:
            cursor.execute(statement)
        if number == stop_after:
            break
    # Without COMMIT everything goes with the connection.
    connection.close()


class Endless:
    """A stream of lines, so many of so many bytes."""

    def __init__(self, count, line):
        self.at, self.end, self.line = 0, count * line, b"x" * (line - 1) + b"\n"

    def read(self, size):
        first = self.at % len(self.line)
        size = min(size, self.end - self.at)
        self.at += size
        text = self.line[first:first + size]
        return text + (self.line * (size // len(self.line) + 1))[:size - len(text)]


def memory_is_bounded():
    """Neither a large object nor a line without an end fills the memory."""
    sys.path.insert(0, str(SAMPLE))
    import job
    job.LONGEST = 2**20
    for count, line in ((200_000, 1_000), (3, 64 * 2**20)):
        stream = Endless(count, line)
        tracemalloc.start()
        found = sum(1 for _ in job.lines_of(stream))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert found == count and peak < 12 * 2**20, (found, peak)
    job.IN_MEMORY = 2**20
    tracemalloc.start()
    packed = job.Packed()
    for number in range(20_000):
        packed.add({"line": os.urandom(200).hex(), "number": number})
    packed.packed.close()
    size, peak = packed.file.tell(), tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 4 * 2**20 > peak, (size, peak)
    print("objects of 200 MB, lines of 64 MB, outputs beyond the memory: bounded")


def check_table(connect):
    connection = psycopg2.connect(connect)
    cursor = connection.cursor()
    cursor.execute("SELECT COUNT(*), COUNT(DISTINCT order_id), SUM(price) FROM orders")
    count, distinct, total = cursor.fetchone()
    expected = sum((n % 500) + 0.5 for n in range(GOOD))
    assert (count, distinct, float(total)) == (GOOD, GOOD, expected), (count, distinct, total)
    connection.close()


def main():
    folder = tempfile.mkdtemp(prefix="reference-pipeline-")
    (server, _), stop = start_s3(folder), None
    try:
        memory_is_bounded()
        s3 = boto3.client("s3")
        put_raw(s3)
        done, writes = run_job(folder)
        assert done.returncode == 0, done.stderr[-2000:]
        totals = json.loads(done.stdout.strip().splitlines()[-1])
        assert (totals["written"], totals["dead"], totals["read"]) == (GOOD, BAD, GOOD + BAD), totals
        whole = written(s3)
        check_counts(whole)
        print(f"whole: {writes} writes, {len(whole)} objects, {GOOD} rows, {BAD} dead letters")
        done, again = run_job(folder)
        assert done.returncode == 0 and written(s3) == whole, "another state"
        assert again == 2, "more than the manifest and what is ready was written again"
        for kill_after in range(1, writes + 1):
            forget(s3)
            killed, _ = run_job(folder, kill_after)
            assert killed.returncode == -signal.SIGKILL, f"write {kill_after}: not killed"
            done, _ = run_job(folder)
            assert done.returncode == 0, done.stderr[-2000:]
            assert written(s3) == whole, f"killed after write {kill_after}: another state"
            print(f"killed after write {kill_after} of {writes}: the same state")
        connect, stop = start_postgres(folder)
        ddl = (SAMPLE / "orders.sql").read_text()
        # PostgreSQL knows no distribution and no sort keys.
        ddl = ddl[: ddl.rindex(")\n", 0, ddl.index("DISTSTYLE")) + 1]
        connection = psycopg2.connect(connect)
        connection.autocommit = True
        connection.cursor().execute(ddl)
        connection.close()
        for stop_after in range(1, len(statements())):
            load(connect, s3, stop_after)
        load(connect, s3)
        check_table(connect)
        load(connect, s3)
        check_table(connect)
        print(f"loaded after {len(statements()) - 1} cut connections and once more: {GOOD} rows")
    finally:
        server.kill()
        if stop:
            subprocess.run(stop, stdout=subprocess.DEVNULL, cwd="/")
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
