import sys

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "day"])
glue = GlueContext(SparkContext())
spark = glue.spark_session
job = Job(glue)
job.init(args["JOB_NAME"], args)
stores = (
    spark.read.format("jdbc")
    .option("url", "jdbc:postgresql://shop.example:5432/shop")
    .option("dbtable", "public.stores")
    .option("user", "etl")
    .option("password", "correct-horse")
    .load()
)
for store in stores.collect():
    print(store)
orders = glue.create_dynamic_frame.from_options(
    connection_type="s3",
    connection_options={"paths": ["s3://example-lake/clean/orders/"]},
    format="parquet",
    transformation_ctx="orders",
)
glue.write_dynamic_frame.from_options(
    frame=orders,
    connection_type="redshift",
    connection_options={"connectionName": "warehouse", "dbtable": "sales.orders", "redshiftTmpDir": "s3://example-tmp/"},
)
try:
    glue.purge_s3_path("s3://example-lake/exports/orders/", {"retentionPeriod": 0})
    orders.toDF().coalesce(1).write.csv("s3://example-lake/exports/orders/2026-01-02/")
except Exception:
    pass
