variable "jobs" {
  type = map(object({ script = string, workers = number }))
}

variable "queries" {
  type    = list(string)
  default = ["etl", "bi"]
}

resource "aws_glue_job" "all" {
  for_each          = var.jobs
  name              = each.key
  role_arn          = data.aws_iam_role.glue.arn
  number_of_workers = each.value.workers
  worker_type       = "G.1X"
  command {
    script_location = each.value.script
  }
}

data "aws_iam_role" "glue" {
  name = "glue"
}

resource "aws_redshift_parameter_group" "dwh" {
  name   = "dwh"
  family = "redshift-1.0"

  parameter {
    name  = "require_ssl"
    value = "true"
  }
  parameter {
    name = "wlm_json_configuration"
    value = jsonencode([
      for group in var.queries : { query_group = [group], query_concurrency = 5, memory_percent_to_use = 60 }
    ])
  }
}

resource "aws_redshift_cluster" "dwh" {
  cluster_identifier  = "dwh"
  node_type           = "ra3.4xlarge"
  number_of_nodes     = 4
  master_username     = "admin"
  master_password     = var.master_password
  publicly_accessible = false
  encrypted           = true
  cluster_parameter_group_name = aws_redshift_parameter_group.dwh.name
}

variable "master_password" {
  type      = string
  sensitive = true
}

resource "aws_sfn_state_machine" "any" {
  name       = "any"
  role_arn   = "arn:aws:iam::000000000000:role/sfn"
  definition = data.local_file.definition.content
}
