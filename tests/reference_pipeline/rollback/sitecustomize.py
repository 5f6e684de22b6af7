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
            answer = original(self, operation, arguments)
            faults.counted[kind] = count
            if any(faults.meets(kind, count, moment) for moment in ("after", "kill")):
                faults.counted[kind] = count
                faults.after(kind)
            return answer
        except faults.Lost:
            raise botocore.exceptions.EndpointConnectionError(endpoint_url="lost") from None

    botocore.client.BaseClient._make_api_call = called
