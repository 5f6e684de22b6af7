import sys

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.transforms import ApplyMapping
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "TempDir"])
glue = GlueContext(SparkContext())
job = Job(glue)
job.init(args["JOB_NAME"], args)

orders = glue.create_dynamic_frame.from_catalog(
    database="shop_raw", table_name="orders", transformation_ctx="orders"
)
mapped = ApplyMapping.apply(
    frame=orders,
    mappings=[("order_id", "long", "order_id", "long"), ("amount", "double", "amount", "decimal(12,2)")],
    transformation_ctx="mapped",
)
glue.write_dynamic_frame.from_jdbc_conf(
    frame=mapped,
    catalog_connection="redshift",
    connection_options={"dbtable": "public.orders", "database": "dev"},
    redshift_tmp_dir=args["TempDir"],
    transformation_ctx="written",
)
job.commit()
