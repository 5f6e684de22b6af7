import boto3
import pandas as pd
from pyspark.sql import SparkSession

AWS_KEY = "AKIAQ3EGRIPXNT7ZB2LM"
AWS_SECRET = "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"

spark = SparkSession.builder.appName("summary").getOrCreate()
df = spark.read.parquet("s3://acme-clean/orders/").filter("dt >= '2024-01-01'")
pdf = df.toPandas()
pdf.groupby("store").sum().to_csv("summary.csv")
