CREATE TABLE stock (
    stock_id BIGINT NOT NULL,
    shelf_id INTEGER NOT NULL,
    price DECIMAL(9, 2) NOT NULL
)
DISTSTYLE EVEN
SORTKEY (shelf_id, price);
