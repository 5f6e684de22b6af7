{{ config(materialized='incremental', unique_key='day') }}
select date_trunc('day', updated_at) as day, sum(amount) as amount
from {{ ref('stg_orders') }}
{% if is_incremental() %} where updated_at > (select max(day) from {{ this }}) {% endif %}
group by 1
