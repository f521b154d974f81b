output "services" {
  description = "Names of the services inside the cluster, with their ports."
  value = {
    telemetry  = "telemetry.${var.namespace}:8083"
    compliance = "compliance.${var.namespace}:8080"
    simulator  = "simulator.${var.namespace}:8082"
    alerts     = "alerts.${var.namespace}:8081"
  }
}
