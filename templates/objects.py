"""Brings the objects of a bucket back to what they were at a time.

    objects.py PLAN.json AT DONE.jsonl plan|apply

Each old version is copied over the new one: nothing is destroyed, so that it can be done
again, and neither Object Lock nor a lost connection stands in the way. What did not exist
gets a delete marker. One process with many threads, since a process for each object takes
more time to start than S3 to copy; needs boto3 alone.
"""

import concurrent.futures
import datetime
import json
import os
import sys
import threading
import time
import urllib.parse

import boto3
import botocore.config
import botocore.exceptions

THREADS = int(os.environ.get("THREADS", "64"))
# The most that one CopyObject takes.
COPY_BYTES = int(os.environ.get("COPY_BYTES", 5 * 1024**3))
PART_BYTES = int(os.environ.get("PART_BYTES", 1024**3))
# Classes from which nothing is copied before it was restored.
FROZEN = ("GLACIER", "DEEP_ARCHIVE")
SHOWN = 10


class Refused(Exception):
    """What stands in the way, said to a person."""


def client():
    config = botocore.config.Config(
        max_pool_connections=THREADS + 8, retries={"mode": "standard", "max_attempts": 8}
    )
    return boto3.client("s3", config=config)


def shown(keys):
    """Some of the keys, as JSON: unmistakable whatever is in them."""
    keys = sorted(keys)
    more = [] if len(keys) <= SHOWN else [f"and {len(keys) - SHOWN} more"]
    return "\n  ".join([""] + [json.dumps(key, ensure_ascii=False) for key in keys[:SHOWN]] + more)


def inside(place, key):
    if place["kind"] == "begin":
        return key.startswith(place["text"])
    return key == place["text"] or key.startswith(place["text"] + "/")


def check_bucket(s3, place, at):
    """Refuses where versions of the time are not kept."""
    bucket = place["bucket"]
    status = s3.get_bucket_versioning(Bucket=bucket).get("Status", "never enabled")
    if status != "Enabled":
        raise Refused(f"versioning of {bucket} is {status}: the objects of then are not kept there")
    try:
        rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket).get("Rules", [])
    except botocore.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchLifecycleConfiguration":
            raise
        rules = []
    age = (datetime.datetime.now(datetime.timezone.utc) - at).total_seconds() / 86400
    for rule in rules:
        days = rule.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays")
        chosen = rule.get("Filter", {})
        prefix = chosen.get("And", chosen).get("Prefix", rule.get("Prefix", ""))
        meets = prefix.startswith(place["text"]) or place["text"].startswith(prefix)
        if rule["Status"] == "Enabled" and days and meets and age > days:
            raise Refused(
                f"{bucket} removes replaced versions below `{prefix}` after {days} days, and the time is "
                f"{age:.1f} days ago: what was there may be gone, and would be taken for new"
            )


def histories(s3, place, beside):
    """Each key with its versions and delete markers, newest first."""
    pages = s3.get_paginator("list_object_versions").paginate(
        Bucket=place["bucket"], Prefix=place["text"], OptionalObjectAttributes=["RestoreStatus"]
    )
    waiting = {}
    for page in pages:
        entries = {}
        for gone, part in ((False, "Versions"), (True, "DeleteMarkers")):
            for one in page.get(part, []):
                if inside(place, one["Key"]):
                    entries.setdefault(one["Key"], []).append({**one, "Gone": gone})
                else:
                    beside.add(one["Key"])
        # Keys come in order, so one that this page lacks is complete.
        for key in [key for key in waiting if key not in entries]:
            yield key, waiting.pop(key)
        for key, found in entries.items():
            waiting.setdefault(key, []).extend(found)
    yield from waiting.items()


def as_of(found, at):
    """The entry that was current then, the one that is now, and whether the first is sure."""
    # Stable: versions of one second keep the order of the listing, the newest first.
    found = sorted(found, key=lambda one: (one["LastModified"], one["IsLatest"]), reverse=True)
    now = next(one for one in found if one["IsLatest"])
    then = [one for one in found if one["LastModified"] <= at]
    if not then:
        return None, now, True
    tied = [one for one in then if one["LastModified"] == then[0]["LastModified"]]
    # Versions and markers are listed apart: in one second their order is not known.
    sure = then[0]["IsLatest"] or len({one["Gone"] for one in tied}) == 1
    return then[0], now, sure


def plan(s3, places, at, done):
    """What is to be done: `(place, key, what was there or None)`, and how many are as they were."""
    todo, same, unsure, frozen = [], 0, [], []
    for place in places:
        check_bucket(s3, place, at)
        beside, count = set(), 0
        for key, found in histories(s3, place, beside):
            count += 1
            then, now, sure = as_of(found, at)
            if not sure:
                unsure.append(key)
                continue
            if then is None or then["Gone"]:
                if now["Gone"]:
                    same += 1
                else:
                    todo.append((place, key, None))
                continue
            mine = done.get((place["bucket"], key)) == (then["VersionId"], now["VersionId"])
            alike = not now["Gone"] and (now["ETag"], now["Size"]) == (then["ETag"], then["Size"])
            if now is then or mine or alike:
                same += 1
                continue
            status = then.get("RestoreStatus", {})
            if then.get("StorageClass") in FROZEN and "RestoreExpiryDate" not in status:
                frozen.append(f"{key} version {then['VersionId']}")
            todo.append((place, key, then))
        if beside and not count:
            raise Refused(
                f"no key lies below {place['text']}/; name the beginning of the keys with a `*`:{shown(beside)}"
            )
        if beside:
            print(f"  left alone, since not below {place['text']}/: {len(beside)} keys")
    if unsure:
        raise Refused(
            "written and deleted within one second around the time, so that their state is not known; "
            f"take a time some seconds earlier or later:{shown(unsure)}"
        )
    if frozen:
        raise Refused(
            "archived; restore these versions first with `aws s3api restore-object --version-id`, which "
            f"takes hours:{shown(frozen)}"
        )
    return todo, same


def copy(s3, bucket, key, then):
    """Copies one version over the present one; the new version."""
    source = {"Bucket": bucket, "Key": key, "VersionId": then["VersionId"]}
    kept = {}
    if then.get("StorageClass", "STANDARD") not in FROZEN + ("STANDARD",):
        kept["StorageClass"] = then["StorageClass"]
    if then["Size"] <= COPY_BYTES:
        return s3.copy_object(Bucket=bucket, Key=key, CopySource=source, **kept)["VersionId"]
    head = s3.head_object(Bucket=bucket, Key=key, VersionId=then["VersionId"])
    for name in ("Metadata", "ContentType", "ContentEncoding", "ContentDisposition", "ContentLanguage", "CacheControl"):
        if head.get(name):
            kept[name] = head[name]
    tags = s3.get_object_tagging(Bucket=bucket, Key=key, VersionId=then["VersionId"])["TagSet"]
    if tags:
        kept["Tagging"] = urllib.parse.urlencode([(tag["Key"], tag["Value"]) for tag in tags])
    upload = s3.create_multipart_upload(Bucket=bucket, Key=key, **kept)["UploadId"]
    # At most 10,000 parts.
    size = max(PART_BYTES, -(-then["Size"] // 10_000))

    def part(number):
        first = (number - 1) * size
        last = min(first + size, then["Size"]) - 1
        copied = s3.upload_part_copy(
            Bucket=bucket, Key=key, UploadId=upload, PartNumber=number,
            CopySource=source, CopySourceRange=f"bytes={first}-{last}",
        )
        return {"PartNumber": number, "ETag": copied["CopyPartResult"]["ETag"]}

    try:
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            parts = list(pool.map(part, range(1, -(-then["Size"] // size) + 1)))
        return s3.complete_multipart_upload(
            Bucket=bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": parts}
        )["VersionId"]
    except BaseException:
        s3.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload)
        raise


def read_done(path):
    """What was copied before: `(bucket, key)` to the version of then and the one it made; and when that began."""
    done, begun = {}, None
    try:
        with open(path, encoding="utf-8") as file:
            for line in file:
                try:
                    entry = json.loads(line)
                except ValueError:
                    # Cut off when the script was killed: it is copied again.
                    continue
                if isinstance(entry, str):
                    begun = begun or datetime.datetime.fromisoformat(entry)
                else:
                    bucket, key, then, made = entry
                    done[bucket, key] = (then, made)
    except FileNotFoundError:
        pass
    return done, begun


def abort_parts(s3, todo, begun):
    """Removes the parts of copies that were killed: S3 charges for them until somebody does."""
    large = {(place["bucket"], key): place for place, key, then in todo if then and then["Size"] > COPY_BYTES}
    # Clocks differ.
    begun -= datetime.timedelta(minutes=1)
    for bucket, prefix in sorted({(place["bucket"], place["text"]) for place in large.values()}):
        # Encoded, since not every key can stand in XML; boto3 decodes other listings alone.
        asked = {"Bucket": bucket, "Prefix": prefix, "EncodingType": "url"}
        while True:
            page = s3.list_multipart_uploads(**asked)
            for one in page.get("Uploads", []):
                key = urllib.parse.unquote_plus(one["Key"])
                if (bucket, key) in large and one["Initiated"] >= begun:
                    s3.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=one["UploadId"])
            if not page.get("IsTruncated"):
                break
            asked["KeyMarker"] = urllib.parse.unquote_plus(page["NextKeyMarker"])
            asked["UploadIdMarker"] = page["NextUploadIdMarker"]


def apply(s3, todo, path):
    """Does all of it; stops at the first errors, and names them."""
    lock, started, state = threading.Lock(), time.monotonic(), {"count": 0, "told": 0.0}
    failed = []
    with open(path, "a", encoding="utf-8") as file:
        # After a line that was cut off.
        file.write("\n")
        file.write(json.dumps(datetime.datetime.now(datetime.timezone.utc).isoformat()) + "\n")
        file.flush()

        def one(task):
            place, key, then = task
            if failed:
                return
            try:
                if then is None:
                    s3.delete_object(Bucket=place["bucket"], Key=key)
                    line = None
                else:
                    made = copy(s3, place["bucket"], key, then)
                    line = json.dumps([place["bucket"], key, then["VersionId"], made])
            except Exception as error:
                failed.append((key, error))
                return
            with lock:
                if line:
                    file.write(line + "\n")
                state["count"] += 1
                passed = time.monotonic() - started
                if passed - state["told"] > 5:
                    state["told"] = passed
                    file.flush()
                    rate = state["count"] / passed
                    left = (len(todo) - state["count"]) / rate / 60
                    late = "; THIS DOES NOT FIT TWO HOURS" if passed / 60 + left > 120 else ""
                    print(
                        f"  {state['count']} of {len(todo)} objects, {rate:.1f} a second, {left:.1f} minutes left{late}",
                        flush=True,
                    )

        with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
            for _ in pool.map(one, todo):
                pass
    passed = time.monotonic() - started
    if failed:
        key, error = failed[0]
        raise Refused(
            f"{state['count']} of {len(todo)} objects are done; {json.dumps(key, ensure_ascii=False)}: {error}"
        )
    print(f"  {len(todo)} objects in {passed:.1f} s, {len(todo) / max(passed, 1e-9):.1f} a second")


def uncovered(target, todo, runs):
    """Partitions of what COPY reads that change, and that no run writes again."""
    out = set()
    for partition, argument in target["partitions"].items():
        given = {run.get(argument) for run in runs}
        for place, key, _ in todo:
            if place is not target["places"][0]:
                continue
            values = [part.split("=", 1)[1] for part in key.split("/") if part.startswith(partition + "=")]
            out.update(f"--run {argument}={value}" for value in values if value not in given)
    return out


def main():
    target_file, at, done_file, what = sys.argv[1:5]
    with open(target_file, encoding="utf-8") as file:
        target = json.load(file)
    at = datetime.datetime.fromisoformat(at.replace("Z", "+00:00"))
    s3 = client()
    done, begun = read_done(done_file)
    todo, same = plan(s3, target["places"], at, done)
    size = sum(then["Size"] for _, _, then in todo if then)
    restores = sum(1 for _, _, then in todo if then)
    print(
        f"  {restores} objects to restore ({size} bytes), {len(todo) - restores} to remove, {same} as they were",
        flush=True,
    )
    missing = uncovered(target, todo, target["runs"])
    if missing:
        raise Refused(
            "objects of these partitions change, and no run writes them again; add:" + "".join(
                f"\n  {one}" for one in sorted(missing)
            )
        )
    if what == "plan":
        return
    if begun:
        abort_parts(s3, todo, begun)
    apply(s3, todo, done_file)
    # Looked at once more: what is still to do was written by somebody else meanwhile.
    left, _ = plan(s3, target["places"], at, read_done(done_file)[0])
    if left:
        raise Refused(
            f"somebody writes here while it is restored; find and stop them:{shown(key for _, key, _ in left)}"
        )


if __name__ == "__main__":
    try:
        main()
    except (Refused, botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        print(f"objects: {error}", file=sys.stderr)
        sys.exit(1)
