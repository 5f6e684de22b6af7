MERGE INTO sales.orders USING staging.orders s ON sales.orders.order_id = s.order_id
WHEN MATCHED THEN UPDATE SET amount = s.amount
WHEN NOT MATCHED THEN INSERT VALUES (s.order_id, s.amount);
