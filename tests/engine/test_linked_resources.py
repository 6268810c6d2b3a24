"""Files that elements link: found by the id and version tag in them, and by the deployment that named them."""

from __future__ import annotations

import json

from tests.engine.support import World, end, line, start


def robot(binding: str = "") -> str:
    linked = f'<zeebe:linkedResource resourceId="loans" resourceType="RPA" linkName="main" {binding}/>'
    task = (
        '<bpmn:serviceTask id="robot"><bpmn:extensionElements><zeebe:taskDefinition type="rpa"/>'
        f"<zeebe:linkedResources>{linked}</zeebe:linkedResources></bpmn:extensionElements>%s</bpmn:serviceTask>"
    )
    return line("p", start(), ("robot", task), end())


def script(tag: str, id: str = "loans") -> str:
    return json.dumps({"id": id, "versionTag": tag, "script": f"*** {tag} ***"})


def tag_found(world: World) -> str:
    """The version tag of the file that a new job is told of; what the incident says when there is none."""
    world.start("p")
    jobs = world.claim("rpa")
    if not jobs:
        return str(world.incident().message)
    [resource] = json.loads(jobs[0].headers["linkedResources"])
    with world.store.reading() as tx:
        from engine.store import definitions

        return str(json.loads(definitions.content(tx, int(resource["resourceKey"])))["versionTag"])


def test_a_file_is_found_by_the_id_in_it_not_by_its_name(world: World) -> None:
    world.deploy(robot(), other_rpa=script("v1", id="loans"), loans_rpa=script("v2", id="other"))
    assert tag_found(world) == "v1"


def test_a_file_without_an_id_is_called_by_its_name(world: World) -> None:
    world.deploy(robot(), loans_rpa=json.dumps({"versionTag": "v1"}))
    assert tag_found(world) == "v1"


def test_the_latest_is_the_newest_that_was_deployed(world: World) -> None:
    world.deploy(robot(), a_rpa=script("v1"))
    assert tag_found(world) == "v1"
    world.deploy(a_rpa=script("v2"))
    assert tag_found(world) == "v2"


def test_a_version_tag_names_one_of_several(world: World) -> None:
    world.deploy(robot('bindingType="versionTag" versionTag="v1"'), a_rpa=script("v1"))
    world.deploy(a_rpa=script("v2"))
    assert tag_found(world) == "v1"


def test_a_version_tag_that_nothing_carries_is_an_incident(world: World) -> None:
    world.deploy(robot('bindingType="versionTag" versionTag="v9"'), a_rpa=script("v1"))
    assert "No resource 'loans'" in tag_found(world)


def test_the_deployment_of_the_caller_counts_also_for_what_it_left_unchanged(world: World) -> None:
    world.deploy(a_rpa=script("v1"))
    world.deploy(robot('bindingType="deployment"'), a_rpa=script("v1"))
    world.deploy(a_rpa=script("v2"))
    assert tag_found(world) == "v1"
