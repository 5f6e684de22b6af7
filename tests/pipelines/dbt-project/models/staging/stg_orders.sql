{{ config(materialized='view') }}
select id as order_id, amount, updated_at from {{ source('raw', 'orders') }}
