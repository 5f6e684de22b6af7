-- The same catalog for search by category: names in place, sorted by what is searched.
CREATE TABLE products_wide (
    product_id BIGINT NOT NULL PRIMARY KEY,
    category_id INTEGER NOT NULL,
    category VARCHAR(60) NOT NULL,
    department VARCHAR(60) NOT NULL,
    brand VARCHAR(80) NOT NULL,
    availability VARCHAR(30) NOT NULL,
    title VARCHAR(200) NOT NULL,
    price DECIMAL(10, 2) NOT NULL,
    listed_at TIMESTAMP NOT NULL
)
DISTKEY (product_id)
COMPOUND SORTKEY (category_id, price);
