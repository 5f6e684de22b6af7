from datetime import datetime
from airflow import DAG
from airflow.providers.amazon.aws.operators.step_function import StepFunctionStartExecutionOperator
from airflow.operators.python import PythonOperator


def notify(**context):
    print("done")


with DAG(dag_id="nightly", start_date=datetime(2023, 5, 1), schedule="30 1 * * 1-5", catchup=True, max_active_runs=4) as dag:
    run = StepFunctionStartExecutionOperator(
        task_id="run",
        state_machine_arn="arn:aws:states:eu-west-1:000000000000:stateMachine:nightly-flow",
    )
    tell = PythonOperator(task_id="tell", python_callable=notify)
    run >> tell
