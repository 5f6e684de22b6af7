import boto3

s3 = boto3.client("s3")
rows = s3.get_object(Bucket="acme-raw", Key="rates/latest.csv")["Body"].read()
s3.put_object(Bucket="acme-clean", Key="rates/latest.csv", Body=rows)
