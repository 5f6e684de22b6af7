"""In the script's own Python: its calls of S3 are counted, and may fail."""

import os
import pathlib
import sys

if os.environ.get("ACCOUNT") and any("objects.py" in word for word in sys.orig_argv):
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
    import threading

    import botocore.client
    import botocore.exceptions

    import faults

    os.environ["FAULTS_RAISE"] = "1"
    original = botocore.client.BaseClient._make_api_call
    lock = threading.Lock()

    def called(self, operation, arguments):
        kind = f"s3 {operation}"
        try:
            with lock:
                count = faults.number(kind)
            if faults.meets(kind, count, "before"):
                faults.lose(kind)
            error = None
            try:
                answer = original(self, operation, arguments)
            except botocore.exceptions.ClientError as refused:
                # An answer, too, that may be lost.
                error = refused
            faults.counted[kind] = count
            if any(faults.meets(kind, count, moment) for moment in ("after", "kill")):
                faults.after(kind)
            if error:
                raise error
            return answer
        except faults.Lost:
            raise botocore.exceptions.EndpointConnectionError(endpoint_url="lost") from None

    botocore.client.BaseClient._make_api_call = called
