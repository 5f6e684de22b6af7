from airflow import DAG
from airflow.models import Variable
from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from datetime import datetime, timedelta

CONFIG = Variable.get("pipelines", deserialize_json=True)

with DAG("many", schedule=timedelta(hours=6), start_date=datetime(2024, 3, 1), catchup=False, default_args={"retries": 1}) as dag:
    previous = None
    for name, settings in CONFIG.items():
        step = GlueJobOperator(task_id=f"run_{name}", job_name=name)
        if previous:
            previous >> step
        previous = step
    archive = GlueJobOperator.partial(task_id="archive", job_name="archive").expand(script_args=[{"--y": "1"}, {"--y": "2"}])
