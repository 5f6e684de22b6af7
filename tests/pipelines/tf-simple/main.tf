terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.0" }
  }
}

provider "aws" {
  region = var.region
}

resource "aws_s3_bucket" "lake" {
  bucket = "${var.project}-lake-${var.environment}"
}

resource "aws_s3_bucket_versioning" "lake" {
  bucket = aws_s3_bucket.lake.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "lake" {
  bucket = aws_s3_bucket.lake.id

  rule {
    id     = "raw"
    status = "Enabled"
    filter { prefix = "raw/" }
    expiration { days = var.raw_days }
    noncurrent_version_expiration { noncurrent_days = 30 }
  }
}

resource "aws_s3_bucket" "scripts" {
  bucket = "${local.name}-scripts"
}

resource "aws_s3_object" "orders" {
  bucket = aws_s3_bucket.scripts.id
  key    = "jobs/orders.py"
  source = "${path.module}/jobs/orders.py"
  etag   = filemd5("${path.module}/jobs/orders.py")
}

resource "aws_glue_job" "orders" {
  name              = "${local.name}-orders"
  role_arn          = aws_iam_role.glue.arn
  glue_version      = "4.0"
  worker_type       = "G.1X"
  number_of_workers = var.workers
  max_retries       = 0

  command {
    name            = "glueetl"
    script_location = "s3://${aws_s3_bucket.scripts.id}/${aws_s3_object.orders.key}"
    python_version  = "3"
  }

  default_arguments = merge(local.common_arguments, {
    "--source" = "s3://${aws_s3_bucket.lake.bucket}/raw/orders/"
  })
}

resource "aws_glue_trigger" "nightly" {
  name     = "${local.name}-nightly"
  type     = "SCHEDULED"
  schedule = "cron(0 2 * * ? *)"

  actions {
    job_name = aws_glue_job.orders.name
  }
}
