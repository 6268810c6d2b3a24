"""Vendor attributes to neutral model: one class per dialect, chosen by what the file says about itself.

`plain` is standard BPMN 2.0 and the base of the others; a dialect overrides the hooks where its vendor differs.
"""

from __future__ import annotations

import re

from lxml import etree

from bpmn.dialects.camunda7 import Camunda7
from bpmn.dialects.camunda8 import Camunda8
from bpmn.dialects.jbpm import Jbpm
from bpmn.dialects.plain import Plain
from bpmn.vocabulary import ACTIVITI, CAMUNDA7_FAMILY, DROOLS, ENGINE_PREFIXES, FLOWABLE, MODELERS, ZEEBE

__all__ = ["Camunda7", "Camunda8", "Plain", "choose", "platform_of"]

_USED = {
    uri: etree.XPath(f"boolean(//*[namespace-uri() = '{uri}'] | //@*[namespace-uri() = '{uri}'])")
    for uri in (ZEEBE, *sorted(CAMUNDA7_FAMILY))
}


def choose(root: etree._Element) -> Plain:
    """The dialect of a definitions element: by its execution platform, else by the extension namespaces in use.

    A namespace that is declared but never used does not count: modelers declare what they might need. Only that of
    Activiti or Flowable does, where no other engine's is declared: such files are written by hand or by their modelers,
    and their engines run them without a word of theirs in it.
    """
    platform = platform_of(root)[0]
    if platform == "Camunda Cloud":
        return Camunda8()
    if platform in ("Camunda Platform", "Camunda BPM", "Operaton"):
        return Camunda7()
    if _USED[ZEEBE](root):
        return Camunda8()
    used = [uri for uri in sorted(CAMUNDA7_FAMILY) if _USED[uri](root)]
    if used:
        return Camunda7(is_relative=_RELATIVES.issuperset(used))
    if DROOLS in root.nsmap.values():
        return Jbpm(root)
    return Camunda7(is_relative=True) if _is_for_relatives(root) else Plain()


_RELATIVES = frozenset({ACTIVITI, FLOWABLE})
_THEIR_PLACES = re.compile(r"https?://(www\.)?(activiti|flowable)\.org(/|\Z)")


def _is_for_relatives(root: etree._Element) -> bool:
    declared = frozenset(ENGINE_PREFIXES) & frozenset(uri for uri in root.nsmap.values() if uri is not None)
    if declared:
        return declared <= _RELATIVES
    return _THEIR_PLACES.match(root.get("targetNamespace", "")) is not None


def platform_of(root: etree._Element) -> tuple[str, str]:
    """modeler:executionPlatform and its version, or empty texts."""
    for namespace in MODELERS:
        platform = root.get(f"{{{namespace}}}executionPlatform")
        if platform:
            return platform.strip(), root.get(f"{{{namespace}}}executionPlatformVersion", "").strip()
    return "", ""
