"""Vendor attributes to neutral model: one class per dialect, chosen by what the file says about itself.

`plain` is standard BPMN 2.0 and the base of the other two; a dialect overrides the hooks where its vendor differs.
"""

from __future__ import annotations

from lxml import etree

from bpmn.dialects.camunda7 import Camunda7
from bpmn.dialects.camunda8 import Camunda8
from bpmn.dialects.plain import Plain
from bpmn.vocabulary import CAMUNDA7_FAMILY, MODELERS, ZEEBE

__all__ = ["Camunda7", "Camunda8", "Plain", "choose", "platform_of"]

_USED = {
    uri: etree.XPath(f"boolean(//*[namespace-uri() = '{uri}'] | //@*[namespace-uri() = '{uri}'])")
    for uri in (ZEEBE, *sorted(CAMUNDA7_FAMILY))
}


def choose(root: etree._Element) -> Plain:
    """The dialect of a definitions element: by its execution platform, else by the extension namespaces in use.

    A namespace that is declared but never used does not count: modelers declare what they might need.
    """
    platform = platform_of(root)[0]
    if platform == "Camunda Cloud":
        return Camunda8()
    if platform in ("Camunda Platform", "Camunda BPM", "Operaton"):
        return Camunda7()
    if _USED[ZEEBE](root):
        return Camunda8()
    return Camunda7() if any(_USED[uri](root) for uri in sorted(CAMUNDA7_FAMILY)) else Plain()


def platform_of(root: etree._Element) -> tuple[str, str]:
    """modeler:executionPlatform and its version, or empty texts."""
    for namespace in MODELERS:
        platform = root.get(f"{{{namespace}}}executionPlatform")
        if platform:
            return platform.strip(), root.get(f"{{{namespace}}}executionPlatformVersion", "").strip()
    return "", ""
