locals {
  tables = ["orders", "refunds", "items"]
}

resource "aws_glue_job" "load" {
  for_each          = toset(local.tables)
  name              = "load-${each.key}"
  role_arn          = "arn:aws:iam::000000000000:role/glue"
  glue_version      = "3.0"
  number_of_workers = 2
  worker_type       = "G.1X"
  timeout           = 30
  max_retries       = 1

  command {
    script_location = "s3://acme-code/load.py"
  }

  default_arguments = {
    "--table"               = each.value
    "--job-bookmark-option" = "job-bookmark-enable"
    "--enable-auto-scaling" = "true"
  }
}

resource "aws_sfn_state_machine" "all" {
  name     = "load-all"
  role_arn = "arn:aws:iam::000000000000:role/sfn"
  definition = templatefile("${path.module}/templates/load_all.asl.json.tftpl", {
    orders  = aws_glue_job.load["orders"].name
    refunds = aws_glue_job.load["refunds"].name
  })
}

resource "aws_scheduler_schedule" "daily" {
  name                = "load-all-daily"
  schedule_expression = "cron(0 5 * * ? *)"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_sfn_state_machine.all.arn
    role_arn = "arn:aws:iam::000000000000:role/scheduler"
  }
}

resource "aws_cloudwatch_metric_alarm" "failed" {
  alarm_name          = "load-orders-failed"
  namespace           = "Glue"
  metric_name         = "glue.driver.aggregate.numFailedTasks"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = 0
  dimensions = {
    JobName = aws_glue_job.load["orders"].name
    Type    = "count"
  }
}
