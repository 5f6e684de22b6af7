"""What the rollback's script must not start at all, or where it must stop."""

import datetime
import sys
import time

from world import BUCKET, DAY, EARLIER, HERE, NOW, OURS, arguments


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


def two_incidents(world):
    """Each has a memory of its own, in the same folder."""
    memory = str(world.folder / "memory")
    for _ in range(2):
        at, was = world.happen(False, 60, False)
        code, said = world.run([*arguments(world, at), "--apply"], STATE_DIR=memory)
        assert code == 0 and "done before" not in said, said
        world.check(was, said)
    print("two incidents: each is done as new", flush=True)


def refusals(world):
    """What must not start at all, or stop where it stands."""
    at, _ = world.damage()
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
    # Without versions there is nothing to go back to.
    world.damage()
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
    at, _ = world.damage()
    rule = {"ID": "x", "Status": "Enabled", "Filter": {"Prefix": "clean/"}, "NoncurrentVersionExpiration": {"NoncurrentDays": 1}}
    world.s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [rule]})
    old = (NOW - datetime.timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    refused(["--at", old, "--run", f"day={DAY}"], "may be gone", code=1)
    print("refusals: as they must be", flush=True)
