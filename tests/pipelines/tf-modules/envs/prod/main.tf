module "orders" {
  source = "../../modules/glue_job"

  name        = "orders"
  script      = "s3://acme-code/orders.py"
  workers     = 8
  schedule    = "cron(0 1 * * ? *)"
  extra_args  = { "--day" = "today" }
}

module "refunds" {
  source = "../../modules/glue_job"

  name   = "refunds"
  script = "s3://acme-code/refunds.py"
}

module "vpc" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "5.0.0"
  name    = "data"
}

resource "aws_glue_trigger" "refunds" {
  name = "refunds-after-orders"
  type = "CONDITIONAL"

  predicate {
    conditions {
      job_name = module.orders.job_name
      state    = "SUCCEEDED"
    }
  }

  actions {
    job_name = module.refunds.job_name
  }
}
