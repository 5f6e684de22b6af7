from datetime import datetime

from airflow import DAG
from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.providers.amazon.aws.operators.glue_crawler import GlueCrawlerOperator

with DAG("exports", schedule="@daily", start_date=datetime(2019, 1, 1), catchup=True) as dag:
    crawl = GlueCrawlerOperator(task_id="crawl", config={"Name": "orders"}, wait_for_completion=False)
    run = GlueJobOperator(task_id="run", job_name="exports", script_args={"--day": "{{ ds }}"})
    crawl >> run
