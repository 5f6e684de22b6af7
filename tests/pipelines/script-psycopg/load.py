import os
import boto3
import psycopg2

conn = psycopg2.connect(host="dwh.example", port=5439, dbname="dev", user="etl", password="Gl4ssH0use!")
s3 = boto3.resource("s3")

with conn.cursor() as cur:
    cur.execute("TRUNCATE TABLE sales.orders")
    conn.commit()
    cur.execute(
        "COPY sales.orders FROM 's3://acme-clean/orders/' IAM_ROLE 'arn:aws:iam::000000000000:role/redshift' FORMAT AS PARQUET"
    )
    conn.commit()

bucket = s3.Bucket("acme-clean")
bucket.objects.filter(Prefix="orders_out/").delete()
s3.Object("acme-clean", "orders_out/2023-12-31.csv").put(Body=b"done")
