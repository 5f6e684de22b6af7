CREATE TABLE staging.orders (LIKE sales.orders);
TRUNCATE staging.orders;
COPY staging.orders FROM 's3://acme-clean/orders/' IAM_ROLE default FORMAT AS PARQUET;
