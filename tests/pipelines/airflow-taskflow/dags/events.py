from __future__ import annotations

import pendulum
from airflow.decorators import dag, task
from airflow.models.baseoperator import chain
from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.providers.amazon.aws.operators.glue_crawler import GlueCrawlerOperator
from airflow.providers.amazon.aws.operators.redshift_sql import RedshiftSQLOperator


@dag(schedule=None, start_date=pendulum.datetime(2025, 1, 1), catchup=False, default_args={"retries": 0})
def events():
    @task
    def list_hours() -> list[str]:
        return ["00", "01"]

    crawl = GlueCrawlerOperator(
        task_id="crawl",
        config={"Name": "events-crawler", "Role": "glue", "DatabaseName": "events"},
        wait_for_completion=False,
    )
    transform = GlueJobOperator(
        task_id="transform",
        job_name="events-transform",
        script_location="s3://acme-code/events_transform.py",
        s3_bucket="acme-code",
        iam_role_name="glue",
        create_job_kwargs={"GlueVersion": "4.0", "NumberOfWorkers": 10, "WorkerType": "G.1X", "Timeout": 60},
    )
    merge = RedshiftSQLOperator(task_id="merge", sql="sql/merge_events.sql")

    hours = list_hours()
    chain(hours, crawl, transform, merge)


events()
