-- A shop's catalog in third normal form: every name lives in a table of its own.
CREATE TABLE departments (
    department_id INTEGER NOT NULL PRIMARY KEY,
    name VARCHAR(60) NOT NULL
);

CREATE TABLE categories (
    category_id INTEGER NOT NULL PRIMARY KEY,
    slug VARCHAR(60) NOT NULL,
    department_id INTEGER NOT NULL REFERENCES departments (department_id)
) DISTSTYLE EVEN;

CREATE TABLE brands (
    brand_id INTEGER NOT NULL PRIMARY KEY,
    name VARCHAR(80) NOT NULL
) DISTSTYLE EVEN;

CREATE TABLE availability (
    availability_id SMALLINT NOT NULL PRIMARY KEY,
    label VARCHAR(30) NOT NULL
);

CREATE TABLE products (
    product_id BIGINT NOT NULL PRIMARY KEY,
    category_id INTEGER NOT NULL REFERENCES categories (category_id),
    brand_id NUMERIC(12, 0) NOT NULL REFERENCES brands (brand_id),
    availability_id SMALLINT NOT NULL REFERENCES availability (availability_id),
    title VARCHAR(200) NOT NULL,
    price DECIMAL(10, 2) NOT NULL,
    listed_at TIMESTAMP NOT NULL
)
DISTKEY (product_id)
COMPOUND SORTKEY (product_id, listed_at);
