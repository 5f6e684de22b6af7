"""moto's server as an account into which a template is deployed, and in which its parts run.

What moto lacks of CloudFormation is added from the deployed properties; the state machine is
moto's own interpreter. Glue starts the script that lies at the job's ScriptLocation, with the
arguments that the deployed job and whoever starts it give, as the job's role; a role may do
what its deployed policies say, on S3 by resource, elsewhere by action. The Data API runs SQL
in PostgreSQL.
"""

import copy
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
import uuid

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "rollback"))
os.environ["ACCOUNT"] = os.environ.get("ACCOUNT") or tempfile.mkdtemp()

import moto.glue.models as glue  # noqa: E402
import moto.redshiftdata.responses as redshift_data  # noqa: E402
import moto.stepfunctions.models as step_functions  # noqa: E402
import moto.stepfunctions.parser.asl.utils.boto_client as boto_client  # noqa: E402
from moto.core import config  # noqa: E402
from moto.core.authorization import ActionAuthenticatorMixin  # noqa: E402
from moto.core.common_models import CloudFormationModel  # noqa: E402
from moto.core.exceptions import AccessDeniedError  # noqa: E402
from moto.iam.access_control import IAMPolicy, PermissionResult  # noqa: E402
from moto.iam.models import Role, iam_backends  # noqa: E402
from moto.s3.exceptions import S3AccessDeniedError  # noqa: E402
from moto.s3.models import FakeBucket, s3_backends  # noqa: E402
from moto.server import main  # noqa: E402
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_glue import (  # noqa: E402
    StateTaskServiceGlue,
)
from moto.stepfunctions.parser.models import stepfunctions_parser_backends  # noqa: E402

import check  # noqa: E402
import warehouse  # noqa: E402

# The access key of a role is its name behind this.
AS_ROLE = "role."


# What a role may do.

def authorize(self, _request, resource="*"):
    key = re.search(r"Credential=([^/]+)/[^/]+/[^/]+/([^/]+)/", self.headers.get("Authorization", ""))
    if not key or not key.group(1).startswith(AS_ROLE):
        return
    role, service = key.group(1).removeprefix(AS_ROLE), key.group(2)
    action = self._get_action()
    action = f"{service.replace('monitoring', 'cloudwatch')}:{action[0] if isinstance(action, list) else action}"
    if service == "sqs":
        # What is done for several at once is allowed by the name of what is done for one.
        action = action.removesuffix("Batch")
    iam = iam_backends[self.current_account]["aws"]
    found = next(one for one in iam.roles.values() if one.name == role)
    policies = [*found.policies.values(), *(version.document for policy in found.managed_policies.values() for version in policy.versions if version.is_default)]
    for policy in policies:
        document = json.loads(policy) if isinstance(policy, str) else policy
        for statement in document["Statement"]:
            on = statement["Resource"] if service == "s3" else "*"
            one = {"Statement": [{**statement, "Resource": on}]}
            if IAMPolicy(json.dumps(one)).is_action_permitted(action, resource if service == "s3" else "*") \
                    == PermissionResult.PERMITTED:
                return
    print(f"denied: {role} {action} {resource}", file=sys.stderr, flush=True)
    if service == "s3":
        raise S3AccessDeniedError()
    raise AccessDeniedError(user_arn=role, action=action)


ActionAuthenticatorMixin._authenticate_and_authorize_action = authorize


# What CloudFormation makes beside what moto makes.

def bucket(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
    made = create_bucket(resource_name, cloudformation_json, account_id, region_name, **kwargs)
    given, backend = cloudformation_json["Properties"], s3_backends[account_id]["aws"]
    if "VersioningConfiguration" in given:
        backend.put_bucket_versioning(resource_name, given["VersioningConfiguration"]["Status"])
    queues = given.get("NotificationConfiguration", {}).get("QueueConfigurations", [])
    if queues:
        backend.put_bucket_notification_configuration(resource_name, {"QueueConfiguration": [
            {"Queue": one["Queue"], "Event": [one["Event"]],
             "Filter": {"S3Key": {"FilterRule": one["Filter"]["S3Key"]["Rules"]}}}
            for one in queues
        ]})
    return made


create_bucket = FakeBucket.create_from_cloudformation_json
FakeBucket.create_from_cloudformation_json = classmethod(bucket)


def role(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
    made, iam = create_role(resource_name, cloudformation_json, account_id, region_name, **kwargs), iam_backends[account_id]["aws"]
    for given in cloudformation_json["Properties"].get("ManagedPolicyArns", []):
        next(one for one in iam.managed_policies.values() if given in (one.arn, one.name)).attach_to(made)
    return made


create_role = Role.create_from_cloudformation_json
Role.create_from_cloudformation_json = classmethod(role)


def machine(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
    given = cloudformation_json["Properties"]
    given["DefinitionString"] = json.dumps(plain(given["Definition"]))
    # Its calls are made as this role.
    Client.role = given["RoleArn"].rsplit("/", 1)[1]
    return create_machine(resource_name, cloudformation_json, account_id, region_name, **kwargs)


def plain(value):
    """Numbers and nulls as they stand in the template."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value


config.default_user_config["stepfunctions"]["execute_state_machine"] = True
step_functions.stepfunctions_backends = stepfunctions_parser_backends
create_machine = step_functions.StateMachine.create_from_cloudformation_json
step_functions.StateMachine.create_from_cloudformation_json = classmethod(machine)


def alone(self, _memo):
    """Its earlier executions hold locks, of which no copy can be made."""
    made = copy.copy(self)
    made.executions = []
    return made


step_functions.StateMachine.__deepcopy__ = alone


class Client:
    """boto3 for the state machine's calls."""

    role = ""
    library = boto_client.boto3

    @classmethod
    def client(cls, **given):
        return cls.library.client(**{**given, "aws_access_key_id": AS_ROLE + cls.role})


boto_client.boto3 = Client


def until_ended(self, env, resource_runtime_part, normalised_parameters, state_credentials):
    """Waits for a job; moto's own way ends with an error where no task token is in play."""
    resolve = self._build_sync_resolver(env, resource_runtime_part, normalised_parameters, state_credentials)
    while env.is_running():
        found = resolve()
        if found:
            env.stack.append(json.loads(json.dumps(found, default=str)))
            return
        time.sleep(0.3)


StateTaskServiceGlue._eval_integration_pattern = until_ended


class Made:
    """A resource that moto does not make of a template."""

    KIND, NAME = "", ""

    def __init__(self, name):
        self.name = name

    @classmethod
    def cloudformation_name_type(cls):
        return cls.NAME

    @classmethod
    def cloudformation_type(cls):
        return cls.KIND

    @property
    def physical_resource_id(self):
        return self.name

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        cls.make(resource_name, cloudformation_json["Properties"], account_id, region_name)
        return cls(resource_name)


class Job(Made, CloudFormationModel):
    # moto takes the service from it.
    __module__ = "moto.glue.models"
    KIND, NAME = "AWS::Glue::Job", "Name"

    @staticmethod
    def make(name, given, account_id, region_name):
        glue.glue_backends[account_id][region_name].create_job(
            name=name, role=given["Role"], command=given["Command"], description="", log_uri="",
            execution_property={key: int(value) for key, value in given["ExecutionProperty"].items()},
            default_arguments=given["DefaultArguments"], non_overridable_arguments={}, connections={},
            max_retries=int(given["MaxRetries"]), allocated_capacity=0, timeout=int(given["Timeout"]),
            max_capacity=float(given.get("MaxCapacity", 0)), security_configuration="", tags={},
            notification_property={}, glue_version=given.get("GlueVersion", ""),
            number_of_workers=int(given.get("NumberOfWorkers", 0)), worker_type=given.get("WorkerType", ""),
            code_gen_configuration_nodes={}, execution_class="", source_control_details={},
        )


class Alarm(Made, CloudFormationModel):
    __module__ = "moto.cloudwatch.models"
    KIND, NAME = "AWS::CloudWatch::Alarm", "AlarmName"

    @staticmethod
    def make(name, given, account_id, region_name):
        client = Client.library.client("cloudwatch", endpoint_url=f"http://localhost:{boto_client.moto_server_port()}",
                                       region_name=region_name)
        numbers = {key: float(given[key]) for key in ("Threshold",)}
        numbers |= {key: int(given[key]) for key in ("Period", "EvaluationPeriods")}
        client.put_metric_alarm(AlarmName=name, **{**given, **numbers})


# What Glue runs.

class Run:
    """A run of a job as a process: its script as main module, its role's credentials."""

    def __init__(self, job, run):
        self.run, self.run_folder = run, tempfile.mkdtemp(dir=os.environ["ACCOUNT"])
        words = [word for pair in sorted(run.arguments.items()) for word in pair] + ["--JOB_NAME", job.name]
        place = job.command["ScriptLocation"].removeprefix("s3://").split("/", 1)
        environment = {**os.environ, "AWS_ACCESS_KEY_ID": AS_ROLE + job.role.rsplit("/", 1)[1],
                       **check.QUICK_SPARK, "TMPDIR": self.run_folder}
        self.log = open(os.path.join(os.environ["ACCOUNT"], f"{job.name}.log"), "a")
        print(f"== {words}", file=self.log, flush=True)
        self.process = subprocess.Popen([sys.executable, str(HERE / "as_glue.py"), *place, *words], env=environment,
                                        cwd=self.run_folder, stdout=self.log, stderr=self.log, start_new_session=True)
        threading.Thread(target=self.wait, daemon=True).start()

    def wait(self):
        code = self.process.wait()
        self.run.status = "SUCCEEDED" if code == 0 else "FAILED"


def start_job_run(self, **given):
    id = started(self, **given)
    run = next(one for one in self.job_runs if one.job_run_id == id)
    run._transitions, run._status = [], "RUNNING"
    run.advance = lambda: None
    Run(self, run)
    return id


started = glue.FakeJob.start_job_run
glue.FakeJob.start_job_run = start_job_run


# What the Data API runs.

STATEMENTS = {}


def batch_execute_statement(self):
    id = str(uuid.uuid4())
    sqls = self._get_param("Sqls")
    with open(os.path.join(os.environ["ACCOUNT"], "sqls"), "a") as file:
        file.write(json.dumps(sqls) + "\n")
    error, _ = warehouse.transaction(sqls)
    STATEMENTS[id] = error
    return 200, {}, json.dumps({"Id": id})


def describe_statement(self):
    error = STATEMENTS[self._get_param("Id")]
    answer = {"Status": "FAILED", "Error": error[1]} if error else {"Status": "FINISHED"}
    return 200, {}, json.dumps({"Id": self._get_param("Id"), **answer})


redshift_data.RedshiftDataAPIServiceResponse.batch_execute_statement = batch_execute_statement
redshift_data.RedshiftDataAPIServiceResponse.describe_statement = describe_statement

if __name__ == "__main__":
    main(sys.argv[1:])
