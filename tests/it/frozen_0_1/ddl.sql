CREATE TABLE shelves (
    shelf_id BIGINT ENCODE LZO,
    price FLOAT ENCODE ZSTD
);
