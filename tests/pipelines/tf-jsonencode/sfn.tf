resource "aws_sfn_state_machine" "flow" {
  name     = "events-flow"
  role_arn = aws_iam_role.sfn.arn

  definition = jsonencode({
    StartAt = "clean_events"
    States = {
      clean_events = {
        Type     = "Task"
        Resource = "arn:aws:states:::glue:startJobRun.sync"
        Parameters = {
          JobName = aws_glue_job.clean.name
        }
        Retry = [{ ErrorEquals = ["States.ALL"], MaxAttempts = 2, IntervalSeconds = 60 }]
        Next  = "each_table"
      }
      each_table = {
        Type = "Map"
        ItemProcessor = {
          StartAt = "copy"
          States = {
            copy = {
              Type     = "Task"
              Resource = "arn:aws:states:::aws-sdk:redshiftdata:executeStatement"
              Parameters = {
                WorkgroupName = aws_redshiftserverless_workgroup.dwh.workgroup_name
                Database      = "dev"
                Sql           = "COPY events FROM 's3://acme-clean/events/' IAM_ROLE default FORMAT AS PARQUET"
              }
              End = true
            }
          }
        }
        End = true
      }
    }
  })
}

resource "aws_cloudwatch_event_rule" "hourly" {
  name                = "events-hourly"
  schedule_expression = "rate(1 hour)"
}

resource "aws_cloudwatch_event_target" "flow" {
  rule     = aws_cloudwatch_event_rule.hourly.name
  arn      = aws_sfn_state_machine.flow.arn
  role_arn = aws_iam_role.events.arn
}

resource "aws_glue_job" "clean" {
  name              = "events-clean"
  role_arn          = aws_iam_role.glue.arn
  glue_version      = "5.0"
  worker_type       = "G.1X"
  number_of_workers = 5
  timeout           = 45

  command {
    script_location = "s3://acme-code/clean.py"
  }

  default_arguments = {
    "--job-bookmark-option" = "job-bookmark-enable"
    "--enable-auto-scaling" = "true"
  }

  execution_property {
    max_concurrent_runs = 3
  }
}

resource "aws_redshiftserverless_namespace" "dwh" {
  namespace_name      = "dwh"
  admin_username      = "admin"
  admin_user_password = "Sup3rGeheim2024"
}

resource "aws_redshiftserverless_workgroup" "dwh" {
  namespace_name      = aws_redshiftserverless_namespace.dwh.namespace_name
  workgroup_name      = "dwh"
  base_capacity       = 32
  publicly_accessible = true
}

resource "aws_iam_role" "sfn" { assume_role_policy = "{}" }
resource "aws_iam_role" "events" { assume_role_policy = "{}" }
resource "aws_iam_role" "glue" { assume_role_policy = "{}" }
