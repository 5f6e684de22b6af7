from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
events = spark.read.json("s3://acme-raw/events/")
events.coalesce(1).write.mode("overwrite").parquet("s3://acme-clean/events/")
