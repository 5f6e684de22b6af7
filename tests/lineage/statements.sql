-- insert_one
INSERT INTO s.out1 SELECT o.id FROM s.orders o;
-- insert_by_position
INSERT INTO s.out2 SELECT c.id, c.name FROM s.customers c;
-- insert_with_list
INSERT INTO s.out2 (b, a) SELECT c.name, c.id FROM s.customers c;
-- insert_fewer
INSERT INTO s.out3 (c, a) SELECT o.total, o.id FROM s.orders o;
-- insert_alias_is_not_target
INSERT INTO s.out2 (a, b) SELECT o.id AS b, o.status AS a FROM s.orders o;
-- insert_constant
INSERT INTO s.out2 (a, b) SELECT o.id, 'x' FROM s.orders o;
-- insert_expression
INSERT INTO s.out3 (a, c) SELECT l.order_id, l.quantity * l.price FROM s.lines l;
-- insert_star
INSERT INTO s.late_orders SELECT * FROM s.orders;
-- insert_star_of_join
INSERT INTO s.late_orders SELECT o.* FROM s.orders o JOIN s.customers c ON o.customer_id = c.id WHERE c.city = 'Ulm';
-- insert_join
INSERT INTO s.out2 (a, b) SELECT o.id, c.name FROM s.orders o JOIN s.customers c ON c.id = o.customer_id;
-- insert_join_using
INSERT INTO s.out2 (a, b) SELECT id, name FROM s.customers JOIN s.products USING (id);
-- insert_comma_join
INSERT INTO s.out2 (a, b) SELECT o.id, c.name FROM s.orders o, s.customers c WHERE c.id = o.customer_id;
-- insert_unqualified_join
INSERT INTO s.out2 (a, b) SELECT order_id, title FROM s.lines JOIN s.products ON product_id = s.products.id;
-- insert_aggregate
INSERT INTO s.out3 (a, c) SELECT customer_id, SUM(total) FROM s.orders GROUP BY customer_id;
-- insert_count_star
INSERT INTO s.out1 SELECT COUNT(*) FROM s.orders;
-- insert_count_distinct
INSERT INTO s.out1 SELECT COUNT(DISTINCT customer_id) FROM s.orders;
-- insert_case
INSERT INTO s.out2 (a, b) SELECT id, CASE WHEN total > 100 THEN status ELSE 'small' END FROM s.orders;
-- insert_coalesce
INSERT INTO s.out2 (a, b) SELECT c.id, COALESCE(c.city, c.name, '?') FROM s.customers c;
-- insert_cast
INSERT INTO s.out2 (a, b) SELECT id, placed_at::VARCHAR(100) FROM s.orders;
-- insert_concat
INSERT INTO s.out2 (a, b) SELECT id, name || ' ' || city FROM s.customers;
-- insert_window_row_number
INSERT INTO s.out2 (a, b) SELECT ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY placed_at), status FROM s.orders;
-- insert_window_sum
INSERT INTO s.out3 (a, c) SELECT id, SUM(total) OVER (PARTITION BY customer_id) FROM s.orders;
-- insert_window_lag
INSERT INTO s.out3 (a, c) SELECT id, total - LAG(total) OVER (ORDER BY placed_at) FROM s.orders;
-- insert_derived
INSERT INTO s.out2 (a, b) SELECT t.k, t.n FROM (SELECT id AS k, name AS n FROM s.customers) t;
-- insert_derived_twice
INSERT INTO s.out3 (a, c) SELECT u.k, u.v FROM (SELECT t.k, t.x * 2 AS v FROM (SELECT order_id AS k, price AS x FROM s.lines) t) u;
-- insert_derived_star
INSERT INTO s.out2 (a, b) SELECT * FROM (SELECT id, name FROM s.customers) t;
-- insert_derived_columns
INSERT INTO s.out2 (a, b) SELECT t.x, t.y FROM (SELECT id, name FROM s.customers) AS t (x, y);
-- insert_cte
INSERT INTO s.out2 (a, b) WITH c AS (SELECT id, name FROM s.customers) SELECT id, name FROM c;
-- insert_cte_chain
INSERT INTO s.out3 (a, c) WITH x AS (SELECT order_id, price * quantity AS amount FROM s.lines), y AS (SELECT order_id, SUM(amount) AS total FROM x GROUP BY order_id) SELECT order_id, total FROM y;
-- insert_cte_twice
INSERT INTO s.out2 (a, b) WITH c AS (SELECT id, name, parent_id FROM s.customers) SELECT child.id, parent.name FROM c child JOIN c parent ON child.parent_id = parent.id;
-- insert_cte_columns
INSERT INTO s.out2 (a, b) WITH c (k, n) AS (SELECT id, name FROM s.customers) SELECT k, n FROM c;
-- insert_cte_star
INSERT INTO s.out2 (a, b) WITH c AS (SELECT * FROM s.customers) SELECT c.id, c.city FROM c;
-- insert_cte_hides_table
INSERT INTO s.out1 WITH orders AS (SELECT id FROM s.products) SELECT orders.id FROM orders;
-- insert_union
INSERT INTO s.out2 (a, b) SELECT id, name FROM s.customers UNION SELECT id, title FROM s.products;
-- insert_union_all_three
INSERT INTO s.out1 SELECT id FROM s.orders UNION ALL SELECT id FROM s.customers UNION ALL SELECT id FROM s.products;
-- insert_except
INSERT INTO s.out1 SELECT id FROM s.orders EXCEPT SELECT order_id FROM s.lines;
-- insert_intersect
INSERT INTO s.out1 SELECT id FROM s.orders INTERSECT SELECT order_id FROM s.lines;
-- insert_scalar_subquery
INSERT INTO s.out3 (a, c) SELECT o.id, (SELECT MAX(price) FROM s.lines) FROM s.orders o;
-- insert_correlated_scalar
INSERT INTO s.out2 (a, b) SELECT o.id, (SELECT c.name FROM s.customers c WHERE c.id = o.customer_id) FROM s.orders o;
-- insert_in_subquery
INSERT INTO s.out1 SELECT id FROM s.orders WHERE customer_id IN (SELECT id FROM s.customers WHERE city = 'Ulm');
-- insert_exists
INSERT INTO s.out1 SELECT o.id FROM s.orders o WHERE EXISTS (SELECT 1 FROM s.lines l WHERE l.order_id = o.id);
-- insert_lateral_alias
INSERT INTO s.out3 (a, c) SELECT order_id, price * quantity AS amount FROM s.lines WHERE amount > 10;
-- insert_lateral_alias_used
INSERT INTO s.out3 (a, b, c) SELECT order_id, 'x', amount * 2 FROM (SELECT order_id, price AS amount FROM s.lines) t;
-- insert_alias_of_alias
INSERT INTO s.out2 (a, b) SELECT quantity * 2 AS twice, twice || 'x' FROM s.lines;
-- insert_self
INSERT INTO s.out1 SELECT a + 1 FROM s.out1;
-- insert_recursive
INSERT INTO s.out2 (a, b) WITH RECURSIVE tree (id, name) AS (SELECT id, name FROM s.customers WHERE parent_id IS NULL UNION ALL SELECT c.id, c.name FROM s.customers c JOIN tree ON c.parent_id = tree.id) SELECT id, name FROM tree;
-- insert_left_join_coalesce
INSERT INTO s.out3 (a, b, c) SELECT o.id, COALESCE(c.name, 'none'), o.total FROM s.orders o LEFT JOIN s.customers c ON c.id = o.customer_id;
-- insert_extract
INSERT INTO s.out2 (a, b) SELECT EXTRACT(year FROM placed_at), DATE_TRUNC('day', placed_at) FROM s.orders;
-- insert_distinct
INSERT INTO s.out1 SELECT DISTINCT customer_id FROM s.orders;
-- insert_having
INSERT INTO s.out1 SELECT customer_id FROM s.orders GROUP BY customer_id HAVING SUM(total) > 10;
-- ctas
CREATE TABLE s.t1 AS SELECT id, total * 2 AS twice FROM s.orders;
-- ctas_columns
CREATE TABLE s.t2 (k, v) AS SELECT id, total FROM s.orders;
-- ctas_star
CREATE TABLE s.t3 AS SELECT * FROM s.products;
-- ctas_join_star
CREATE TABLE s.t4 AS SELECT l.*, p.title FROM s.lines l JOIN s.products p ON p.id = l.product_id;
-- ctas_keys
CREATE TABLE s.t5 DISTSTYLE KEY DISTKEY (id) SORTKEY (placed_at) AS SELECT id, placed_at FROM s.orders;
-- select_into
SELECT id, status INTO s.t6 FROM s.orders;
-- view
CREATE VIEW s.v1 AS SELECT o.id, c.name FROM s.orders o JOIN s.customers c ON c.id = o.customer_id;
-- view_columns
CREATE VIEW s.v2 (k, v) AS SELECT id, SUM(total) FROM s.orders GROUP BY id;
-- view_late_binding
CREATE VIEW s.v3 AS SELECT id, name FROM s.customers WITH NO SCHEMA BINDING;
-- materialized_view
CREATE MATERIALIZED VIEW s.m1 AS SELECT customer_id, SUM(total) AS spent FROM s.orders GROUP BY customer_id;
-- update_from
UPDATE s.orders SET status = c.city FROM s.customers c WHERE s.orders.customer_id = c.id;
-- update_expression
UPDATE s.orders SET total = x.amount * 2, status = 'done' FROM (SELECT order_id, SUM(price) AS amount FROM s.lines GROUP BY order_id) x WHERE s.orders.id = x.order_id;
-- update_own
UPDATE s.orders SET total = total * 1.1;
-- merge
MERGE INTO s.orders USING s.late_orders ON s.orders.id = s.late_orders.id WHEN MATCHED THEN UPDATE SET total = s.late_orders.total WHEN NOT MATCHED THEN INSERT (id, customer_id, total) VALUES (s.late_orders.id, s.late_orders.customer_id, s.late_orders.total);
-- merge_alias
MERGE INTO s.out2 USING s.customers AS c ON s.out2.a = c.id WHEN MATCHED THEN UPDATE SET b = c.name || c.city WHEN NOT MATCHED THEN INSERT VALUES (c.id, c.name);
-- merge_remove_duplicates
MERGE INTO s.orders USING s.late_orders ON s.orders.id = s.late_orders.id REMOVE DUPLICATES;
-- copy
COPY s.orders FROM 's3://lake/clean/orders/' IAM_ROLE default FORMAT AS PARQUET;
-- unload
UNLOAD ('SELECT id, total FROM s.orders') TO 's3://lake/out/orders_' IAM_ROLE default FORMAT PARQUET;
