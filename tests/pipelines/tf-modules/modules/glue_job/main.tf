variable "name" { type = string }
variable "script" { type = string }
variable "workers" {
  type    = number
  default = 2
}
variable "schedule" {
  type    = string
  default = null
}
variable "extra_args" {
  type    = map(string)
  default = {}
}
variable "timeout" {
  type    = number
  default = 60
}

resource "aws_glue_job" "this" {
  name              = "acme-${var.name}"
  role_arn          = "arn:aws:iam::000000000000:role/glue"
  glue_version      = "5.0"
  worker_type       = "G.1X"
  number_of_workers = var.workers
  timeout           = var.timeout
  command {
    script_location = var.script
  }
  default_arguments = merge({ "--enable-auto-scaling" = "true" }, var.extra_args)
}

resource "aws_glue_trigger" "this" {
  count    = var.schedule == null ? 0 : 1
  name     = "acme-${var.name}"
  type     = "SCHEDULED"
  schedule = var.schedule
  actions {
    job_name = aws_glue_job.this.name
  }
}

output "job_name" {
  value = aws_glue_job.this.name
}
