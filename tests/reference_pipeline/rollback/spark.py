"""A JVM for several runs of the job, one after the other, whose start would take longer than they do.

Prints what PySpark needs to find it, and ends with its standard input.
"""

import json
import os
import sys

from pyspark.java_gateway import launch_gateway

given = launch_gateway().gateway_parameters
print(json.dumps({"PYSPARK_GATEWAY_PORT": str(given.port), "PYSPARK_GATEWAY_SECRET": given.auth_token}), flush=True)
sys.stdin.read()
os._exit(0)
