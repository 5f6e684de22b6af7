"""Does what Glue does of a run: fetches the script as the job's role, and runs it as main module.

    as_glue.py BUCKET KEY ARGUMENT...
"""

import pathlib
import re
import runpy
import sys

import boto3

bucket, key, *words = sys.argv[1:]
text = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()
# Small batches, so that there are several.
text = re.sub(r"(?m)^BATCH_BYTES = .*", "BATCH_BYTES = 40_000", text)
text = re.sub(r"(?m)^FILES = .*", "FILES = 2", text)
text = re.sub(r"(?m)^PAUSE_SECONDS = .*", "PAUSE_SECONDS = 0.1", text)
script = pathlib.Path(key.rsplit("/", 1)[-1])
script.write_text(text)
sys.argv = [str(script), *words]
runpy.run_path(str(script), run_name="__main__")
