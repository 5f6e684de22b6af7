CREATE TABLE orders (
    order_id BIGINT NOT NULL PRIMARY KEY,
    category_id INTEGER NOT NULL,
    price DECIMAL(12,2) NOT NULL,
    placed_at TIMESTAMP NOT NULL
)
DISTSTYLE KEY DISTKEY (order_id) COMPOUND SORTKEY (category_id, price);
