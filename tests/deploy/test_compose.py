"""The compose file is one by the Compose specification, publishes nothing it should not, and names real things."""

from __future__ import annotations

import json
import re
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from pydantic import SecretStr

from service.doctor_shared_store import keeping_checks
from service.shared_store import open_shared_store
from service.telemetry import Metrics

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return loaded


def vendored_schema(name: str) -> dict[str, Any]:
    """A JSON schema as check-jsonschema carries it."""
    path = distribution("check-jsonschema").locate_file(
        f"check_jsonschema/builtin_schemas/vendor/{name}.json"
    )
    loaded: dict[str, Any] = json.loads(Path(str(path)).read_text(encoding="utf-8"))
    return loaded


def test_it_satisfies_the_compose_specification(compose: dict[str, Any]) -> None:
    jsonschema.validate(compose, vendored_schema("compose-spec"))


def test_the_schema_refuses_what_compose_would(compose: dict[str, Any]) -> None:
    wrong = {**compose, "services": {**compose["services"], "chroma": {"imagee": "x"}}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, vendored_schema("compose-spec"))


@pytest.mark.parametrize("store", ["chroma", "redis"])
def test_stores_are_on_an_internal_network_and_publish_nothing(compose: dict[str, Any], store: str) -> None:
    service = compose["services"][store]
    assert service["networks"] == ["store"]
    assert compose["networks"]["store"] == {"internal": True}
    assert "ports" not in service
    assert "network_mode" not in service


def test_what_replicas_share_is_kept_and_nothing_that_has_no_end_is_thrown_away(
    compose: dict[str, Any], tmp_path: Path
) -> None:
    redis = compose["services"]["redis"]
    assert redis["volumes"] == ["redis:/data"]
    words = redis["command"][1:]
    configured = dict(zip((word.removeprefix("--") for word in words[::2]), words[1::2], strict=True))
    assert keeping_checks({"save": "", **configured}) == []
    url = re.search(r"DATELINE_SHARED_STORE_URL=(\S+)", (ROOT / "docker-compose.yml").read_text("utf-8"))
    assert url is not None
    assert open_shared_store(SecretStr(url[1]), tmp_path).place == "redis://redis:6379/0"


def test_every_published_port_is_one_of_this_machine_unless_the_operator_says_otherwise(
    compose: dict[str, Any],
) -> None:
    published = [port for service in compose["services"].values() for port in service.get("ports", ())]
    assert published
    for port in published:
        default = re.sub(r"\$\{[A-Z_]+:-([^}]*)\}", r"\1", port)
        assert default.startswith("127.0.0.1:")


def test_what_runs_our_image_may_do_as_little_as_possible(compose: dict[str, Any]) -> None:
    ours = {name: s for name, s in compose["services"].items() if s["image"].startswith("dateline:")}
    assert set(ours) == {"chroma", "service", "ingest", "slack"}
    for service in ours.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "privileged" not in service
        assert "user" not in service, "the image's own user, which is not root"


def test_optional_parts_are_behind_profiles(compose: dict[str, Any]) -> None:
    profiles = {name: service.get("profiles") for name, service in compose["services"].items()}
    assert profiles == {
        "chroma": None,
        "service": None,
        "ingest": None,
        "slack": ["slack"],
        "redis": ["shared"],
        "ollama": ["ollama"],
        "prometheus": ["monitoring"],
        "grafana": ["monitoring"],
    }


def test_images_of_others_are_pinned_to_a_version(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        if not service["image"].startswith("dateline:"):
            assert re.fullmatch(r"[a-z/]+:v?\d+\.\d+\.\d+", service["image"])


def test_files_that_are_mounted_or_copied_exist(compose: dict[str, Any]) -> None:
    mounted = [
        volume.split(":")[0]
        for service in compose["services"].values()
        for volume in service.get("volumes", ())
        if volume.startswith("./")
    ]
    copied = [
        source
        for line in (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for source in line.split()[1:-1]
    ]
    assert len(mounted) >= 3
    assert len(copied) >= 8
    for path in (*mounted, *copied):
        assert (ROOT / path).exists(), path


def test_what_the_image_copies_is_not_ignored() -> None:
    kept = {
        line[1:]
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    for line in (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            assert set(line.split()[1:-1]) <= kept


def test_the_image_does_not_run_as_root_and_pins_its_packages() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    last_stage = dockerfile.rpartition("\nFROM ")[2]
    assert "USER 10001" in last_stage
    assert "HEALTHCHECK" in last_stage
    assert "--require-hashes -r requirements.lock" in dockerfile


def test_the_dashboard_asks_for_metrics_that_exist() -> None:
    dashboard = json.loads((ROOT / "deploy/grafana/dashboards/dateline.json").read_text(encoding="utf-8"))
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    metrics = Metrics()
    metrics.observe_http_request("/v1/ask", "POST", 200, 0.1)
    exposed = set(re.findall(r"^([a-z_]+)(?:\{| )", metrics.exposition().decode(), re.MULTILINE))
    asked = {name for expr in expressions for name in re.findall(r"\b(?:dateline|process)_[a-z_]+", expr)}
    assert len(asked) >= 8
    known = exposed | {"dateline_answer_seconds_bucket", "dateline_model_tokens_total"}
    assert asked <= known


def test_prometheus_scrapes_the_service(compose: dict[str, Any]) -> None:
    scraped = yaml.safe_load((ROOT / "deploy/prometheus.yml").read_text(encoding="utf-8"))
    targets = scraped["scrape_configs"][0]["static_configs"][0]["targets"]
    assert targets == [f"service:{compose['services']['service']['environment']['DATELINE_PORT']}"]
