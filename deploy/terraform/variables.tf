variable "kubeconfig" {
  description = "File with the way to the cluster."
  type        = string
  default     = "~/.kube/config"
}

variable "context" {
  description = "Context of that file; the current one unless given."
  type        = string
  default     = null
}

variable "namespace" {
  description = "Namespace that is made for the server."
  type        = string
  default     = "esg"
}

variable "image" {
  description = "The image, with its tag or digest."
  type        = string
}

variable "log_name" {
  description = "Name of the log of a new ledger, such as example.com/footprint. It stands in every line and cannot be changed."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9.-]+/[a-z0-9._/-]+$", var.log_name))
    error_message = "Write your domain, a slash and a word."
  }
}

variable "database" {
  description = "Connection string of the database."
  type        = string
  sensitive   = true
}
