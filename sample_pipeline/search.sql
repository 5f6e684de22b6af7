SELECT order_id, price
FROM orders
WHERE category_id = 17 AND price BETWEEN 50 AND 120
ORDER BY price
LIMIT 50;
