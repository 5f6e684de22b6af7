-- One day of orders. The rows pass through a staging table, so that a retry can't double
-- them; COPY reads the files that the manifest names and fails if one is missing.
BEGIN;
CREATE TEMP TABLE arrived (
    order_id BIGINT,
    category_id INTEGER,
    price DECIMAL(12,2),
    placed_at TIMESTAMP
);
COPY arrived FROM 's3://example-lake/clean/orders/dt=2026-01-02/manifest'
    IAM_ROLE default FORMAT JSON 'auto' GZIP MANIFEST;
MERGE INTO orders USING arrived ON orders.order_id = arrived.order_id
    WHEN MATCHED THEN UPDATE SET category_id = arrived.category_id, price = arrived.price,
        placed_at = arrived.placed_at
    WHEN NOT MATCHED THEN INSERT (order_id, category_id, price, placed_at)
        VALUES (arrived.order_id, arrived.category_id, arrived.price, arrived.placed_at);
COMMIT;
