"""What can be said of the deployment files without a cluster: validators of each kind, and that names in them are names of the server.

Run by `make test-deploy` in an environment with requirements.txt. kubectl, terraform and systemd-analyze are asked too where
they are; what they would say is for the most part said by the others.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tomllib
import unittest

import hcl2
import yaml

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent
BIN = pathlib.Path(sys.executable).parent
SERVER = ROOT / "esg-server" / "src"
PORTS = {"telemetry": 8083, "compliance": 8080, "simulator": 8082, "alerts": 8081}


def text(name):
    return (HERE / name).read_text(encoding="utf-8")


def documents():
    for path in sorted((HERE / "kubernetes").glob("*.yaml")):
        if path.name != "kustomization.yaml":
            for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
                yield path, document


def run(*command):
    done = subprocess.run([str(part) for part in command], cwd=HERE, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


class Validators(unittest.TestCase):
    def test_the_image_is_linted(self):
        self.assertEqual(run(BIN / "hadolint", "Dockerfile"), (0, ""))

    def test_the_compose_file_is_of_the_specification(self):
        status, said = run(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml")
        self.assertEqual(status, 0, said)

    def test_the_manifests_are_of_the_schemas_of_kubernetes(self):
        for path in sorted((HERE / "kubernetes").glob("*.yaml")):
            if path.name != "kustomization.yaml":
                status, said = run(BIN / "kubernetes-validate", "--strict", path)
                self.assertEqual(status, 0, said)

    def test_kustomize_builds_them(self):
        if not shutil.which("kubectl"):
            self.skipTest("kubectl is not here")
        status, said = run("kubectl", "kustomize", "kubernetes")
        self.assertEqual(status, 0, said)
        self.assertNotIn("image: esg\n", said)

    def test_terraform_reads_and_is_formatted(self):
        for path in sorted((HERE / "terraform").glob("*.tf")):
            with path.open(encoding="utf-8") as file:
                self.assertTrue(hcl2.load(file))
        if shutil.which("terraform"):
            status, said = run("terraform", "fmt", "-check", "-diff", "terraform")
            self.assertEqual(status, 0, said)

    def test_the_unit_is_one(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("systemd-analyze is not here")
        _, said = run("systemd-analyze", "verify", "./systemd/esg.service")
        wrong = [line for line in said.splitlines() if "esg.service" in line and "is not executable" not in line]
        self.assertEqual(wrong, [])


class Names(unittest.TestCase):
    """A file that names what the server does not have is worse than none."""

    def settings(self):
        return set(re.findall(r'env = "(ESG_[A-Z_]+)"', (SERVER / "serve" / "config.rs").read_text(encoding="utf-8")))

    def test_settings_are_those_of_the_server(self):
        known = self.settings()
        self.assertGreater(len(known), 5)
        files = [".env.example", "compose.yaml", "Dockerfile", "systemd/esg.service", "terraform/main.tf"]
        files += [str(path.relative_to(HERE)) for path in (HERE / "kubernetes").glob("*.yaml")]
        for name in files:
            for setting in set(re.findall(r"\bESG_[A-Z_]+\b", text(name))) - {"ESG_"}:
                self.assertIn(setting, known, name)

    def test_the_example_of_the_configuration_has_names_of_the_server(self):
        config = (SERVER / "serve" / "config.rs").read_text(encoding="utf-8")
        fields = re.search(r"struct File \{(.*?)\n\}", config, re.S).group(1)
        names = set(re.findall(r"^    (\w+):", fields, re.M))
        example = tomllib.loads(text("esg.toml.example"))
        self.assertLessEqual(set(example), names)
        self.assertEqual(example["ports"], PORTS)

    def test_series_of_dashboard_and_rules_are_those_of_the_server(self):
        source = (SERVER / "serve" / "metrics.rs").read_text(encoding="utf-8")
        known = set(re.findall(r'"(esg_[a-z_]+)[" {]', source)) | set(re.findall(r"(esg_[a-z_]+)\{\{", source))
        panels = json.loads(text("grafana/dashboard.json"))["panels"]
        asked = "\n".join(target["expr"] for panel in panels for target in panel["targets"])
        asked += "\n" + "\n".join(
            rule["expr"] for group in yaml.safe_load(text("prometheus/rules.yml"))["groups"] for rule in group["rules"])
        for series in set(re.findall(r"\besg_[a-z_]+\b", asked)):
            self.assertIn(re.sub(r"_(bucket|sum|count)$", "", series), known)

    def test_ports_are_those_of_old(self):
        services = yaml.safe_load(text("compose.yaml"))["services"]
        for name, port in PORTS.items():
            self.assertEqual(services[name]["ports"], [f"127.0.0.1:{port}:{port}"])
            self.assertIn(f":{port}/ready", services[name]["healthcheck"]["test"][3])
        self.assertEqual(services["grafana"]["ports"], ["127.0.0.1:3000:3000"])
        for _, document in documents():
            name = document["metadata"]["name"]
            if document["kind"] == "Service":
                self.assertEqual([port["port"] for port in document["spec"]["ports"]], [PORTS[name]])


class Safety(unittest.TestCase):
    def test_pods_are_not_root_and_write_nowhere_but_to_their_volume(self):
        deployments = [document for _, document in documents() if document["kind"] == "Deployment"]
        self.assertEqual({document["metadata"]["name"] for document in deployments}, set(PORTS))
        for document in deployments:
            pod = document["spec"]["template"]["spec"]
            self.assertTrue(pod["securityContext"]["runAsNonRoot"])
            self.assertFalse(pod["automountServiceAccountToken"])
            for container in pod["containers"]:
                context = container["securityContext"]
                self.assertTrue(context["readOnlyRootFilesystem"])
                self.assertFalse(context["allowPrivilegeEscalation"])
                self.assertEqual(context["capabilities"], {"drop": ["ALL"]})
                self.assertLessEqual({"startupProbe", "readinessProbe", "livenessProbe"}, set(container))

    def test_what_has_several_pods_keeps_one_when_a_node_is_drained(self):
        several = {d["metadata"]["name"] for _, d in documents() if d["kind"] == "Deployment" and d["spec"]["replicas"] > 1}
        kept = {d["metadata"]["name"] for _, d in documents() if d["kind"] == "PodDisruptionBudget"}
        self.assertEqual(several, kept)

    def test_no_password_is_in_a_file(self):
        for line in text(".env.example").splitlines():
            if "PASSWORD" in line and not line.startswith("#"):
                self.assertTrue(line.endswith("="), line)


if __name__ == "__main__":
    unittest.main()
