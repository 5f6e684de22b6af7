"""The sample's job with small batches; where ACCOUNT/faulty lies, the faulty version of it."""

import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "sample_pipeline"))
os.environ["PYTHONPATH"] = sys.path[0]
import job  # noqa: E402

job.BATCH_BYTES = 40_000
job.FILES = 2
faulty = (pathlib.Path(os.environ["ACCOUNT"]) / "faulty").exists()
if faulty:
    # Wrong prices, orders lost, orders that nobody placed; other files than before.
    job.BATCH_BYTES, job.FILES = 120_000, 3
    right = job.parse

    def wrong(line):
        row, reason = right(line)
        if row is None:
            return row, reason
        if row["order_id"] % 7 == 0:
            row["order_id"] += 1_000_000
        row["price"] = "666.00"
        return row, reason

    job.parse = wrong
job.main([word for word in sys.argv[1:] if not (faulty and word == "--resume")])
print(json.dumps({"faulty": faulty}))
