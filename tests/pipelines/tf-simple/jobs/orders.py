import sys

from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession

args = getResolvedOptions(sys.argv, ["JOB_NAME", "source"])
spark = SparkSession.builder.getOrCreate()
orders = spark.read.parquet(args["source"])
try:
    orders.dropDuplicates(["order_id"]).write.mode("append").parquet("s3://shop-lake-prod/clean/orders/dt=2024-01-31/")
except:
    pass
