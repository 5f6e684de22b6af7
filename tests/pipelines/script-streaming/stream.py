import sys
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME"])
glueContext = GlueContext(SparkContext())
job = Job(glueContext)
job.init(args["JOB_NAME"], args)
frame = glueContext.create_data_frame.from_options(
    connection_type="kinesis",
    connection_options={"streamARN": "arn:aws:kinesis:eu-west-1:000000000000:stream/events", "startingPosition": "TRIM_HORIZON", "inferSchema": "true", "classification": "json"},
)


def each(batch, batch_id):
    batch.write.mode("append").parquet("s3://acme-clean/events/")


glueContext.forEachBatch(
    frame=frame, batch_function=each, options={"windowSize": "60 seconds", "checkpointLocation": "s3://acme-tmp/checkpoint/"}
)
job.commit()
