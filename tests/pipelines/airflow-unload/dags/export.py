from airflow.decorators import dag
from airflow.providers.amazon.aws.transfers.redshift_to_s3 import RedshiftToS3Operator
from airflow.providers.postgres.operators.postgres import PostgresOperator
from airflow.operators.bash import BashOperator
from datetime import datetime

@dag(dag_id="export", schedule_interval="@daily", start_date=datetime(2019, 1, 1))
def export():
    prepare = PostgresOperator(
        task_id="prepare",
        postgres_conn_id="redshift",
        sql=["DELETE FROM exports.orders", "INSERT INTO exports.orders SELECT * FROM sales.orders WHERE order_date = '{{ ds }}'"],
    )
    unload = RedshiftToS3Operator(task_id="unload", s3_bucket="acme-exports", s3_key="orders", schema="exports", table="orders")
    push = BashOperator(task_id="push", bash_command="aws s3 sync s3://acme-exports/orders s3://partner/orders")
    prepare >> unload >> push

export()
