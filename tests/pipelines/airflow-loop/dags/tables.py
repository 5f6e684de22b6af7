import os
import pendulum
from airflow.models import DAG, Variable
from airflow.operators.empty import EmptyOperator
from airflow.providers.amazon.aws.transfers.s3_to_redshift import S3ToRedshiftOperator
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

TABLES = ["customers", "products", "stores"]
BUCKET = Variable.get("lake_bucket")
DB_PASSWORD = "Tr0ub4dor&3xyz"

dag = DAG(
    dag_id="reference_tables",
    schedule="@hourly",
    start_date=pendulum.datetime(2024, 6, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
)

start = EmptyOperator(task_id="start", dag=dag)
end = EmptyOperator(task_id="end", dag=dag)

for table in TABLES:
    load = S3ToRedshiftOperator(
        task_id=f"load_{table}",
        schema="reference",
        table=table,
        s3_bucket=BUCKET,
        s3_key=f"reference/{table}/",
        method="REPLACE",
        dag=dag,
    )
    analyze = SQLExecuteQueryOperator(
        task_id=f"analyze_{table}",
        conn_id="redshift",
        sql=f"ANALYZE reference.{table}",
        dag=dag,
    )
    start >> load >> analyze >> end
