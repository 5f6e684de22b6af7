import sys
from awsglue.context import GlueContext
from awsglue.utils import getResolvedOptions
from awsglue.job import Job
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "day"])
glueContext = GlueContext(SparkContext.getOrCreate())
job = Job(glueContext)
job.init(args["JOB_NAME"], args)
orders = glueContext.create_dynamic_frame.from_options(
    connection_type="s3",
    connection_options={"paths": [f"s3://acme-clean/orders/dt={args['day']}/"]},
    format="parquet",
    transformation_ctx="orders",
)
glueContext.write_dynamic_frame.from_options(
    frame=orders,
    connection_type="redshift",
    connection_options={
        "redshiftTmpDir": "s3://acme-tmp/",
        "useConnectionProperties": "true",
        "connectionName": "redshift",
        "dbtable": "staging.orders",
        "preactions": "CREATE TABLE IF NOT EXISTS staging.orders (LIKE sales.orders); TRUNCATE staging.orders;",
        "postactions": "BEGIN; DELETE FROM sales.orders USING staging.orders s WHERE s.order_id = sales.orders.order_id; INSERT INTO sales.orders SELECT * FROM staging.orders; END;",
    },
)
job.commit()
