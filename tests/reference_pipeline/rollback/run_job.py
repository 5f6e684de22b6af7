"""The sample's job with small batches; where ACCOUNT/faulty lies, the faulty version of it."""

import json
import os
import pathlib
import sys

from pyspark import SparkConf, SparkContext
from pyspark.java_gateway import launch_gateway

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
if "PYSPARK_GATEWAY_PORT" in os.environ:
    # The context that an earlier run made in this JVM: there can't be two.
    gateway = launch_gateway()
    conf = SparkConf(_jvm=gateway.jvm)
    context = gateway.jvm.org.apache.spark.SparkContext.getOrCreate(conf.setAppName("orders").setMaster("local[2]")._jconf)
    SparkContext(gateway=gateway, jsc=gateway.jvm.JavaSparkContext(context), conf=conf)
job.main([word for word in sys.argv[1:] if not (faulty and word == "--resume")])
print(json.dumps({"faulty": faulty}))
