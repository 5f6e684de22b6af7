"""Counts what is written to S3 over all processes, and kills them after one of the writes."""

import fcntl
import os
import signal


def kill_session():
    """Driver, JVM and workers: Spark puts them into groups of their own."""
    session = os.getsid(0)
    others = []
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            try:
                if os.getsid(int(name)) == session:
                    others.append(int(name))
            except ProcessLookupError:
                pass
    for pid in others + [os.getpid()]:
        os.kill(pid, signal.SIGKILL)


counter = os.environ.get("WRITES_COUNTED_IN")
if counter:
    import botocore.client

    original = botocore.client.BaseClient._make_api_call

    def counted(self, operation, arguments):
        answer = original(self, operation, arguments)
        if operation == "PutObject":
            with open(counter, "a+") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                file.write(".")
                file.flush()
                file.seek(0)
                count = len(file.read())
                if count == int(os.environ.get("KILL_AFTER", "0")):
                    kill_session()
        return answer

    botocore.client.BaseClient._make_api_call = counted
