environment = "prod"
workers     = 20
