SELECT stock_id FROM stock WHERE shelf_id = 7 AND price < 10 LIMIT 50;
