# The manifests of ../kubernetes on a cluster that you have, with a database that you have: an example to begin from.
terraform {
  required_version = ">= 1.5"
  required_providers {
    kubernetes = {
      source  = "hashicorp/kubernetes"
      version = "~> 2.38"
    }
  }
}

provider "kubernetes" {
  config_path    = var.kubeconfig
  config_context = var.context
}

locals {
  folder = "${path.module}/../kubernetes"
  # Every document of every file, by kind and name; the namespace goes first, and kustomization.yaml is no document of the cluster.
  documents = merge([
    for file in setsubtract(fileset(local.folder, "*.yaml"), ["kustomization.yaml", "namespace.yaml"]) : {
      for text in split("\n---\n", file("${local.folder}/${file}")) :
      "${yamldecode(text).kind}/${yamldecode(text).metadata.name}" => yamldecode(replace(text, "image: esg", "image: ${var.image}"))
    }
  ]...)
}

resource "kubernetes_namespace_v1" "esg" {
  metadata {
    name   = var.namespace
    labels = { "pod-security.kubernetes.io/enforce" = "restricted" }
  }
}

resource "kubernetes_secret_v1" "database" {
  metadata {
    name      = "esg-database"
    namespace = kubernetes_namespace_v1.esg.metadata[0].name
  }
  data = { connection = var.database }
}

resource "kubernetes_config_map_v1" "esg" {
  metadata {
    name      = "esg"
    namespace = kubernetes_namespace_v1.esg.metadata[0].name
  }
  data = {
    ESG_HOST     = "0.0.0.0"
    ESG_DATA     = "/var/lib/esg"
    ESG_LOG      = "info"
    ESG_LOG_NAME = var.log_name
  }
}

resource "kubernetes_manifest" "esg" {
  for_each = local.documents
  manifest = merge(each.value, {
    metadata = merge(each.value.metadata, { namespace = kubernetes_namespace_v1.esg.metadata[0].name })
  })
  depends_on = [kubernetes_secret_v1.database, kubernetes_config_map_v1.esg]
}
