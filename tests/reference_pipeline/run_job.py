"""The sample's job with small batches, so that there are several."""

import sys

import job

job.BATCH_BYTES = 40_000
job.FILES = 2
job.main(sys.argv[1:])
