TRUNCATE TABLE orders;
COPY orders FROM 's3://example-lake/clean/orders/' IAM_ROLE default FORMAT PARQUET;
COPY order_events FROM 's3://example-lake/clean/events/' IAM_ROLE default CSV GZIP MAXERROR 1000;
