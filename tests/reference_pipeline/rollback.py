"""The rollback's script, run: moto's server as S3, PostgreSQL as Redshift, the job for real.

A faulty version of the job writes and loads after a time; the script that distkey prints takes
it back. Every kind of call fails, the first, one in the middle and the last of it, before it
reaches the service and after; and the script is killed. Started again until it ends, the
table equals row by row what a correct history gives, and the trigger starts only then.

Which kinds there are, and how many calls of each, is what the script was seen to do without a
fault; a call that is written in the script and was never seen fails the test.

    rollback.py small|whole DISTKEY [KINDS]

KINDS is a pattern of the calls that fail, such as `events|scheduler`, to try no others.
"""

import concurrent.futures
import os
import pathlib
import queue
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

import boto3
import psycopg2

import check
import refusals
import world
from world import OURS, SAMPLE, arguments

# Ways to roll back: what happened, how the script is told, and what it finds.
PARTS = {"COPY_BYTES": "10", "PART_BYTES": str(5 * 1024**2)}
WAYS = {
    "plain": {},
    "before": {"earlier": True},
    "psql": {"psql": True},
    # Above the most that one call copies: in parts, S3's least.
    "parts": {"ugly": 20, "large": True, "more": PARTS},
    # Calls whose number is that of the objects.
    "many": {"ugly": 5_000},
}
MOMENTS = ("before", "after", "kill")
MANY = ("s3 CopyObject", "s3 DeleteObject", "s3 ListObjectVersions")
# Calls that change what a rollback is of.
CHANGES = ("s3 CopyObject", "s3 DeleteObject", "s3 CompleteMultipartUpload", "glue start-job-run",
           "redshift-data batch-execute-statement", "psql")
STARTED = time.monotonic()


def say(text):
    passed = time.monotonic() - STARTED
    print(f"{int(passed // 60):3}:{int(passed % 60):02} {text}", flush=True)


class Case:
    """One history with a fault in it, about to be rolled back in one of the ways."""

    def __init__(self, place, way, own_jvm=True, **more):
        how = {**WAYS[way], **more}
        self.own_jvm = own_jvm
        self.place, self.psql, self.more = place, how.get("psql", False), how.get("more", {})
        earlier = how.get("earlier", False)
        self.at, self.was = place.damage(earlier, how.get("ugly", 60), how.get("large", False))
        self.given = arguments(place, self.at, earlier)

    def run(self, *words, **more):
        return self.place.run([*self.given, *words], psql=self.psql, own_jvm=self.own_jvm, **{**self.more, **more})

    def until_done(self, said):
        for _ in range(3):
            code, more = self.run("--apply")
            said += more
            if code == 0 or "was finished" in more:
                self.place.check(self.was, said)
                return
        raise AssertionError(f"it does not come to an end:\n{said}")


def without_fault(place, way, **more):
    """The calls of each kind."""
    case = Case(place, way, **more)
    table, objects = place.table(), place.objects()
    code, said = case.run()
    assert code == 0 and "Nothing was changed" in said, said
    assert (table, objects) == (place.table(), place.objects()), "a dry run changed something"
    assert place.active() == OURS and not place.calls().get("glue stop-trigger")
    started = time.monotonic()
    code, said = case.run("--apply")
    assert code == 0, said
    place.check(case.was, said)
    calls = place.calls()
    say(f"without a fault, {way}: {len(case.was)} ugly objects, {sum(calls.values())} calls, "
        f"{time.monotonic() - started:.0f} s")
    # The same incident is known as finished, another one is done as new.
    code, said = case.run("--apply")
    assert code == 2 and "was finished" in said and not place.calls(), said
    return calls


def with_fault(place, way, kind, number, moment):
    fault = f"{kind}|{number}|{moment}"
    case = Case(place, way, own_jvm="job-run" in kind)
    code, said = case.run("--apply", fault=fault)
    reached = place.calls().get(kind, 0)
    if code == 0 and 0 < reached < number:
        # How often it asks whether something has ended is not the same each time.
        say(f"{way}: {fault}: {reached} calls this time")
        with_fault(place, way, kind, reached // 2 + 1, moment)
        return
    assert code == (-9 if moment == "kill" else code) and code != 0, f"{fault}: went unnoticed ({code})\n{said}"
    # Whatever has begun, nothing starts by itself before the table is right.
    begun = any(place.calls().get(one) for one in CHANGES)
    assert place.is_right() or not begun or not place.active(), f"{fault}: thawed too early\n{said}"
    case.until_done(f"{fault}\n{said}")
    say(f"{way}: {fault}: the same state")


def abandoned_parts(place, moment, kind):
    """A copy in parts that is killed leaves none of them behind, though removing them may fail, too."""
    case = Case(place, "parts", own_jvm=False)
    fault = f"{kind}|1|{moment}"
    code, said = case.run("--apply", fault="s3 UploadPartCopy|2|kill")
    assert code == -9 and uploads(place) and not place.active(), said
    code, more = case.run("--apply", fault=fault)
    said += more
    assert code not in (0, 3) and not place.active(), f"{fault} went unnoticed\n{said}"
    seen = place.calls()
    case.until_done(said)
    assert not uploads(place) and not place.calls().get("s3 CopyObject"), said
    say(f"parts: {fault}: the same state, and no part is left")
    return seen


def failed_parts(place, moment):
    """One that fails is removed by the script itself; if that fails, too, by the next start."""
    case = Case(place, "parts", own_jvm=False)
    code, said = case.run("--apply", fault=f"s3 UploadPartCopy|2|before,s3 AbortMultipartUpload|1|{moment}")
    assert code not in (0, 3) and not place.active(), said
    assert bool(uploads(place)) or moment != "before", f"it was not tried\n{said}"
    case.until_done(said)
    assert not uploads(place), said
    say(f"parts: s3 UploadPartCopy and s3 AbortMultipartUpload|1|{moment}: the same state, and no part is left")


def uploads(place):
    return place.s3.list_multipart_uploads(Bucket=world.BUCKET).get("Uploads", [])


def killed_at_random(place, number):
    case, generator, said = Case(place, "plain"), random.Random(number), ""
    for _ in range(3):
        code, more = case.run("--apply", kill_after=generator.uniform(0.5, 12))
        said += more
        if code == 0:
            break
    if code == 0:
        place.check(case.was, said)
    else:
        case.until_done(said)
    say(f"killed at random, {number}: the same state")


def written_calls(script):
    """Kinds of call that the script's text has."""
    shell, rest = script.split("<<'OBJECTS'\n")
    objects, more = rest.split("\nOBJECTS\n")
    text = shell + more
    text = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    kinds = {f"{service} {what}" for service, what in re.findall(r"(?m)(?:^\s*|[|&;()]\s*)aws ([a-z-]+) ([a-z-]+)", text)}
    if re.search(r"(?m)^\s*psql ", text):
        kinds.add("psql")
    names = boto3.session.Session().client("s3").meta.method_to_api_mapping
    methods = set(re.findall(r"\.(\w+)\(", objects)) | set(re.findall(r'get_paginator\("(\w+)"', objects))
    return kinds | {f"s3 {names[one]}" for one in methods if one in names}


class Worlds:
    """One more than there are processors, since each waits at times; what is asked is done in the first that is free."""

    def __init__(self, folder, distkey, count):
        self.folder, self.all, self.free = folder, [], queue.Queue()
        self.connect, self.stop = check.start_postgres(folder)
        self.script = pathlib.Path(folder, "rollback.sh")
        command = [distkey, "pipeline", "runbook", str(SAMPLE), "--column", "placed_at", "--script"]
        self.script.write_text(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        first = None
        try:
            for number in range(count):
                self.sql(f"CREATE DATABASE world{number}")
                connect = self.connect.replace("dbname=postgres", f"dbname=world{number}")
                self.all.append(world.World(f"{folder}/{number}", connect, self.script, first))
                first = self.all[0]
                self.free.put(self.all[-1])
        except BaseException:
            self.close()
            raise
        self.pool = concurrent.futures.ThreadPoolExecutor(count)

    def sql(self, statement):
        connection = psycopg2.connect(self.connect)
        connection.autocommit = True
        connection.cursor().execute(statement)
        connection.close()

    def close(self):
        for one in self.all:
            one.close()
        subprocess.run(self.stop, stdout=subprocess.DEVNULL, cwd="/")
        shutil.rmtree(self.folder, ignore_errors=True)

    def ask(self, what, *words, **more):
        """Of `what(world, …)`; what goes wrong is told at once, and kept."""

        def work():
            place = self.free.get()
            try:
                return what(place, *words, **more)
            except Exception as error:
                say(f"WRONG: {what.__name__} {' '.join(map(str, words))}: {error}")
                raise
            finally:
                self.free.put(place)

        return self.pool.submit(work)


def faults_of(calls):
    """`(way, kind, number, moment)`: a kind in the first of the ways that has it, and its last call where their number is another."""
    known = {}
    for way, kinds in calls.items():
        for kind, count in sorted(kinds.items(), reverse=True):
            if (way == "many") != (kind in MANY) or known.get(kind) == count:
                continue
            places = {count} if kind in known else {1, (count + 1) // 2, count}
            known.setdefault(kind, count)
            for number in sorted(places):
                for moment in MOMENTS:
                    yield way, kind, number, moment


def whole(worlds, kinds):
    seen = {way: worlds.ask(without_fault, way) for way in WAYS}
    others = [worlds.ask(one) for one in (refusals.refusals, refusals.two_incidents)]
    # Only a failure calls these.
    parts = [worlds.ask(abandoned_parts, moment, f"s3 {name}MultipartUpload{s}")
             for name, s in (("List", "s"), ("Abort", "")) for moment in MOMENTS]
    others += [worlds.ask(failed_parts, moment) for moment in MOMENTS]
    calls = {way: seen[way].result() for way in WAYS}
    unseen = written_calls(worlds.script.read_text()) - set().union(parts[-1].result(), *calls.values())
    assert not unseen, f"in the script, and in no way seen: {unseen}"
    faults = [one for one in faults_of(calls) if re.search(kinds, one[1])]
    say(f"{len({kind for _, kind, _, _ in faults})} kinds of call, {len(faults)} faults")
    asked = [worlds.ask(with_fault, *one) for one in faults]
    asked += [worlds.ask(killed_at_random, number) for number in range(20) if not kinds]
    wrong = [str(error) for error in (one.exception() for one in [*others, *parts, *asked]) if error]
    assert not wrong, f"{len(wrong)} went wrong:\n\n" + "\n\n".join(wrong)
    say(f"all of it: {len(faults)} faults, {0 if kinds else 20} kills at random, none went wrong")


def small(worlds):
    asked = [
        worlds.ask(without_fault, "before"),
        worlds.ask(with_fault, "plain", "s3 CopyObject", 9, "kill"),
        worlds.ask(with_fault, "plain", "redshift-data batch-execute-statement", 2, "after"),
    ]
    for one in asked:
        one.result()


def main():
    size, distkey, kinds = (*sys.argv[1:], "")[:3]
    refusals.versions_are_told_apart()
    worlds = Worlds(tempfile.mkdtemp(prefix="rollback-"), distkey, (os.cpu_count() or 1) + 1)
    try:
        small(worlds) if size == "small" else whole(worlds, kinds)
    except BaseException:
        worlds.pool.shutdown(wait=True, cancel_futures=True)
        raise
    finally:
        worlds.close()


if __name__ == "__main__":
    main()
