import sys
from awsglue.utils import getResolvedOptions
from awsglue.context import GlueContext
from awsglue.job import Job
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "db_password"])
sc = SparkContext()
glueContext = GlueContext(sc)
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

customers = (
    spark.read.format("jdbc")
    .option("url", "jdbc:postgresql://shop.example:5432/shop")
    .option("dbtable", "public.customers")
    .option("user", "etl")
    .option("password", args["db_password"])
    .load()
)
orders = glueContext.create_dynamic_frame.from_catalog(database="landing", table_name="orders").toDF()
joined = orders.join(customers, "customer_id")
rows = joined.collect()
print(len(rows))
joined.write.mode("overwrite").parquet("s3://acme-clean/orders/")
