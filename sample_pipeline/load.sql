-- One day's deliveries of orders, which load.py puts in the place of the day. The rows pass
-- through a staging table, so that a retry can't double them; COPY reads the files that the
-- manifest names and fails if one is missing. Of an order that was delivered twice the latest
-- row counts, within a load and against what the table has: MERGE gets one for each order.
BEGIN;
SET query_group TO 'load';
CREATE TEMP TABLE arrived (
    order_id BIGINT,
    category_id INTEGER,
    price DECIMAL(12,2),
    placed_at TIMESTAMP
);
COPY arrived FROM 's3://example-lake/clean/orders/dt={{ day }}/manifest'
    IAM_ROLE default FORMAT JSON 'auto' TIMEFORMAT 'auto' GZIP MANIFEST;
CREATE TEMP TABLE latest AS
    SELECT placed.order_id, placed.category_id, placed.price, placed.placed_at
    FROM (
        SELECT order_id, category_id, price, placed_at,
            ROW_NUMBER() OVER (
                PARTITION BY order_id ORDER BY placed_at DESC, category_id, price
            ) AS place
        FROM arrived
    ) AS placed
    LEFT JOIN orders ON orders.order_id = placed.order_id
    WHERE placed.place = 1
        AND (orders.order_id IS NULL OR orders.placed_at <= placed.placed_at);
MERGE INTO orders USING latest ON orders.order_id = latest.order_id
    WHEN MATCHED THEN UPDATE SET category_id = latest.category_id, price = latest.price,
        placed_at = latest.placed_at
    WHEN NOT MATCHED THEN INSERT (order_id, category_id, price, placed_at)
        VALUES (latest.order_id, latest.category_id, latest.price, latest.placed_at);
DROP TABLE latest;
DROP TABLE arrived;
COMMIT;
