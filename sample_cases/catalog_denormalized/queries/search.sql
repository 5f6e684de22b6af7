SELECT product_id, title, price, brand, department, availability
FROM products_wide
WHERE category_id = 17 AND price BETWEEN 50 AND 120
ORDER BY price
LIMIT 50;
