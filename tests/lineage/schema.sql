CREATE TABLE s.orders (id BIGINT, customer_id BIGINT, status VARCHAR(10), total DECIMAL(12,2), placed_at TIMESTAMP);
CREATE TABLE s.customers (id BIGINT, name VARCHAR(100), city VARCHAR(50), parent_id BIGINT);
CREATE TABLE s.lines (order_id BIGINT, product_id BIGINT, quantity INT, price DECIMAL(12,2));
CREATE TABLE s.products (id BIGINT, title VARCHAR(200), cost DECIMAL(12,2));
CREATE TABLE s.late_orders (id BIGINT, customer_id BIGINT, status VARCHAR(10), total DECIMAL(12,2), placed_at TIMESTAMP);
CREATE TABLE s.out1 (a BIGINT);
CREATE TABLE s.out2 (a BIGINT, b VARCHAR(100));
CREATE TABLE s.out3 (a BIGINT, b VARCHAR(100), c DECIMAL(12,2));
