-- One day of orders. The rows pass through a staging table, so that a retry can't double
-- them; COPY reads the files that the manifest names and fails if one is missing. Of an
-- order that was delivered twice the latest row counts: MERGE takes one for each.
BEGIN;
CREATE TEMP TABLE arrived (
    order_id BIGINT,
    category_id INTEGER,
    price DECIMAL(12,2),
    placed_at TIMESTAMP
);
COPY arrived FROM 's3://example-lake/clean/orders/dt=2026-01-02/manifest'
    IAM_ROLE default FORMAT JSON 'auto' GZIP MANIFEST;
CREATE TEMP TABLE latest AS
    SELECT order_id, category_id, price, placed_at
    FROM (
        SELECT order_id, category_id, price, placed_at,
            ROW_NUMBER() OVER (
                PARTITION BY order_id ORDER BY placed_at DESC, category_id, price
            ) AS place
        FROM arrived
    ) AS placed
    WHERE place = 1;
MERGE INTO orders USING latest ON orders.order_id = latest.order_id
    WHEN MATCHED THEN UPDATE SET category_id = latest.category_id, price = latest.price,
        placed_at = latest.placed_at
    WHEN NOT MATCHED THEN INSERT (order_id, category_id, price, placed_at)
        VALUES (latest.order_id, latest.category_id, latest.price, latest.placed_at);
COMMIT;
