resource "aws_sfn_state_machine" "daily" {
  name     = "daily"
  role_arn = "arn:aws:iam::000000000000:role/sfn"

  definition = <<-EOF
    {
      "StartAt": "Load",
      "States": {
        "Load": {
          "Type": "Task",
          "Resource": "arn:aws:states:::glue:startJobRun",
          "Parameters": {"JobName": "${aws_glue_job.load.name}"},
          "End": true
        }
      }
    }
  EOF
}

resource "aws_glue_job" "load" {
  name         = "load"
  role_arn     = "arn:aws:iam::000000000000:role/glue"
  max_capacity = 10
  glue_version = "0.9"
  command {
    name            = "glueetl"
    script_location = "s3://acme-code/load.py"
  }
}

resource "aws_glue_connection" "redshift" {
  name = "redshift"
  connection_properties = {
    JDBC_CONNECTION_URL = "jdbc:redshift://dwh.example:5439/dev"
    USERNAME            = "etl"
    PASSWORD            = "hunter2hunter2"
  }
}

resource "aws_s3_bucket" "old_style" {
  bucket = "acme-old"
  acl    = "private"

  versioning {
    enabled = true
  }

  lifecycle_rule {
    id      = "all"
    enabled = true
    expiration { days = 400 }
  }
}
