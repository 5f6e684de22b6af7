SELECT p.product_id, p.title, p.price, b.name AS brand, d.name AS department, a.label
FROM products p
JOIN categories c ON c.category_id = p.category_id
JOIN departments d ON d.department_id = c.department_id
JOIN brands b ON b.brand_id = p.brand_id
JOIN availability a ON a.availability_id = p.availability_id
WHERE c.slug = 'running-shoes' AND p.price BETWEEN 50 AND 120
ORDER BY p.price
LIMIT 50;
