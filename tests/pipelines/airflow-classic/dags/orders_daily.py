from datetime import datetime, timedelta

from airflow import DAG
from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.providers.amazon.aws.operators.redshift_data import RedshiftDataOperator
from airflow.providers.amazon.aws.transfers.s3_to_redshift import S3ToRedshiftOperator

BUCKET = "acme-clean"

default_args = {
    "owner": "data",
    "depends_on_past": False,
    "retries": 2,
    "retry_delay": timedelta(minutes=5),
}

with DAG(
    "orders_daily",
    default_args=default_args,
    description="Orders into the warehouse",
    schedule_interval="0 4 * * *",
    start_date=datetime(2021, 1, 1),
    tags=["orders"],
) as dag:
    clean = GlueJobOperator(
        task_id="clean",
        job_name="orders-clean",
        script_args={"--day": "{{ ds }}"},
        region_name="eu-west-1",
    )
    copy = S3ToRedshiftOperator(
        task_id="copy",
        schema="sales",
        table="orders",
        s3_bucket=BUCKET,
        s3_key="orders/{{ ds }}/",
        redshift_conn_id="redshift",
        copy_options=["FORMAT AS PARQUET"],
    )
    report = RedshiftDataOperator(
        task_id="report",
        cluster_identifier="dwh",
        database="dev",
        db_user="etl",
        sql="""
            TRUNCATE reporting.daily_orders;
            INSERT INTO reporting.daily_orders
            SELECT order_date, count(*) FROM sales.orders GROUP BY order_date;
        """,
    )
    clean >> copy >> report
