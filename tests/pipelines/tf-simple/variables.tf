variable "region" {
  type    = string
  default = "eu-west-1"
}

variable "project" {
  type        = string
  description = "Used in names"
  default     = "shop"
}

variable "environment" {
  type = string
}

variable "workers" {
  type    = number
  default = 10
}

variable "raw_days" {
  type    = number
  default = 90
}

locals {
  name = "${var.project}-${var.environment}"
  common_arguments = {
    "--job-language"        = "python"
    "--job-bookmark-option" = "job-bookmark-disable"
    "--enable-metrics"      = "true"
  }
}
