# What not to do: see the review of this folder.
import sys
import uuid

from awsglue.context import GlueContext
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

glue = GlueContext(SparkContext.getOrCreate())
spark = glue.spark_session
run = str(uuid.uuid4())
orders = spark.read.option("mode", "DROPMALFORMED").json("s3://example-lake/raw/orders/")
orders.write.parquet(f"s3://example-lake/clean/orders/{run}/")
args = getResolvedOptions(sys.argv, ["JOB_NAME", "day"])
