"""Spin's XML elements: what `XML()` gives in Camunda 7 diagrams. They are read, never changed.

No DTD, hence no entities, and nothing is fetched. XPath 1.0 sees one document of moderate size, and an expression
whose cost would grow with a power of that size is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lxml import etree

from bpmn.errors import EvaluationError
from bpmn.juel.operators import shown

_MAXIMUM_CHARACTERS = 1_000_000
_MAXIMUM_PATH = 1_000
_MAXIMUM_VISITS = 20_000_000  # of elements, by one XPath expression
_DEFAULT = "DEFAULT"  # Spin's prefix for the namespace that the document has without one
_AXIS = re.compile(r"//|::|\.\.")
_TEXT = re.compile(r"'[^']*'|\"[^\"]*\"")
Element = etree._Element


class Answering:
    """An object whose methods stand in a table; nothing else of it can be reached."""

    __slots__ = ()
    kind = "value"
    methods: Mapping[str, Callable[..., Any]] = {}

    def get(self, name: str) -> Any:
        """A property is what the method of its name gives."""
        return self.call(name, ())

    def call(self, method: str, args: Sequence[Any]) -> Any:
        """A method. Raises `EvaluationError` for one that is not offered, or does not fit."""
        known = self.methods.get(method)
        if known is None:
            raise EvaluationError(
                f"An XML {self.kind} has no method '{method}'. It has: {', '.join(sorted(self.methods))}."
            )
        try:
            return known(self, *args)
        except TypeError as error:
            raise EvaluationError(
                f"'{method}' of an XML {self.kind} cannot be called with {len(args)} arguments."
            ) from error


class XmlElement(Answering):
    """Spin's SpinXmlElement."""

    __slots__ = ("element",)
    kind = "element"

    def __init__(self, element: Element) -> None:
        self.element = element

    def __str__(self) -> str:
        return etree.tostring(self.element, encoding="unicode", with_tail=False)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, XmlElement) and self.element is other.element

    def __hash__(self) -> int:
        return hash(self.element)


class XmlAttribute(Answering):
    """Spin's SpinXmlAttribute. `name` is lxml's: the namespace in braces before the local name."""

    __slots__ = ("name", "owner")
    kind = "attribute"

    def __init__(self, owner: Element, name: str) -> None:
        self.owner = owner
        self.name = name

    @property
    def value(self) -> str:
        return str(self.owner.attrib[self.name])

    def __str__(self) -> str:
        return self.value


class XPathQuery(Answering):
    """Spin's SpinXPathQuery: evaluated when its answer is asked for."""

    __slots__ = ("element", "namespaces", "path")
    kind = "query"

    def __init__(self, element: Element, path: str, namespaces: Mapping[str, str]) -> None:
        self.element = element
        self.path = path
        self.namespaces = namespaces

    def __str__(self) -> str:
        return self.path


def read(value: Any) -> XmlElement:
    """`XML(value)`: the root element of a text, or the element itself. Raises `EvaluationError` for what is no XML."""
    if isinstance(value, XmlElement):
        return value
    if not isinstance(value, str):
        raise EvaluationError(f"XML() reads a text, but found {shown(value)}.")
    if len(value) > _MAXIMUM_CHARACTERS:
        raise EvaluationError(f"XML() reads at most {_MAXIMUM_CHARACTERS:,} characters.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        # A declared encoding speaks of bytes, and this is text.
        root = etree.fromstring(re.sub(r"\A\s*<\?xml[^>]*\?>", "", value).encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise EvaluationError(f"{shown(value)} is not XML: {error}.") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise EvaluationError("XML() reads no document with a DOCTYPE. Leave it out.")
    return XmlElement(root)


# -- elements ----------------------------------------------------------------------------------------------------


def _qualified(element: Element | XmlAttribute) -> etree.QName:
    return etree.QName(element.name if isinstance(element, XmlAttribute) else element)


def _namespace(element: XmlElement) -> str | None:
    return _qualified(element.element).namespace


def _named(element: XmlElement, given: Sequence[Any]) -> tuple[str | None, str | None]:
    """The namespace and the name that a child is asked for by: `(name)` has the element's own namespace."""
    if len(given) > 2:
        raise TypeError
    name = str(given[-1]) if given else None
    return (_text(given[0]) if len(given) == 2 else _namespace(element)), name


def _text(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)


def _children(element: XmlElement, *given: Any) -> list[XmlElement]:
    namespace, name = _named(element, given)
    listed = [child for child in element.element if isinstance(child.tag, str)]
    if name is not None:
        wanted = etree.QName(namespace, name) if namespace else etree.QName(name)
        listed = [child for child in listed if child.tag == wanted.text]
        if not listed:
            raise EvaluationError(
                f"The element '{_local(element)}' has no child '{name}'. It has: {_list_of(element)}."
            )
    return [XmlElement(child) for child in listed]


def _list_of(element: XmlElement) -> str:
    names = dict.fromkeys(etree.QName(child).localname for child in element.element if isinstance(child.tag, str))
    return ", ".join(list(names)[:20]) or "none"


def _child(element: XmlElement, *given: Any) -> XmlElement:
    if not given:
        raise TypeError
    found = _children(element, *given)
    if len(found) > 1:
        raise EvaluationError(f"The element '{_local(element)}' has {len(found)} children '{given[-1]}', not one.")
    return found[0]


def _local(element: XmlElement) -> str:
    return _qualified(element.element).localname


def _attribute_name(namespace: Any, name: Any) -> str:
    return f"{{{namespace}}}{name}" if _text(namespace) else str(name)


def _has_attribute(element: XmlElement, name: str) -> bool:
    return name in element.element.attrib


def _attribute(element: XmlElement, namespace: Any, name: Any) -> XmlAttribute:
    qualified = _attribute_name(namespace, name)
    if not _has_attribute(element, qualified):
        has = ", ".join(map(str, list(element.element.attrib)[:20])) or "none"
        raise EvaluationError(f"The element '{_local(element)}' has no attribute '{name}'. It has: {has}.")
    return XmlAttribute(element.element, qualified)


def _attributes(element: XmlElement, *namespace: Any) -> list[XmlAttribute]:
    names = [str(name) for name in element.element.attrib]
    if namespace:
        names = [name for name in names if etree.QName(name).namespace == _text(namespace[0])]
    return [XmlAttribute(element.element, name) for name in names]


def _content(element: XmlElement) -> str:
    return "".join(map(str, element.element.itertext()))


def _query(element: XmlElement, path: Any) -> XPathQuery:
    namespaces = {prefix or _DEFAULT: uri for prefix, uri in element.element.nsmap.items()}
    return XPathQuery(element.element, str(path), namespaces)


# -- XPath -------------------------------------------------------------------------------------------------------


def _found(query: XPathQuery) -> Any:
    _refuse_costly(query)
    try:
        find = etree.XPath(query.path, namespaces=dict(query.namespaces), regexp=False, smart_strings=True)
        return find(query.element)
    except (etree.XPathError, ValueError) as error:
        raise EvaluationError(f"The XPath expression {shown(query.path)} cannot be evaluated: {error}.") from None


def _refuse_costly(query: XPathQuery) -> None:
    """Each step that looks at the whole document, within another one, multiplies the work by its size."""
    path = _TEXT.sub("''", query.path)
    predicates = sum("/" in inner or "*" in inner or "." in inner for inner in path.split("[")[1:])
    depth = max(1, len(_AXIS.findall(path)) + predicates)
    count = sum(1 for _ in query.element.getroottree().iter())
    if len(path) > _MAXIMUM_PATH or count**depth > max(_MAXIMUM_VISITS, count):
        raise EvaluationError(f"The XPath expression {shown(query.path)} is too costly for {count:,} elements.")


def _nodes(query: XPathQuery, wanted: type, what: str) -> list[Any]:
    found = _found(query)
    nodes = [_node(one) for one in found] if isinstance(found, list) else []
    if not isinstance(found, list) or not all(isinstance(node, wanted) for node in nodes):
        raise EvaluationError(f"The XPath expression {shown(query.path)} gives no {what}.")
    return nodes


def _node(found: Any) -> Any:
    if isinstance(found, Element):
        return XmlElement(found)
    if getattr(found, "is_attribute", False):
        return XmlAttribute(found.getparent(), found.attrname)
    return str(found)


def _first(wanted: type, what: str) -> Callable[[XPathQuery], Any]:
    def first(query: XPathQuery) -> Any:
        nodes = _nodes(query, wanted, what)
        if not nodes:
            raise EvaluationError(f"The XPath expression {shown(query.path)} finds no {what}.")
        return nodes[0]

    return first


def _all(wanted: type, what: str) -> Callable[[XPathQuery], Any]:
    return lambda query: _nodes(query, wanted, what)


def _as(function: str) -> Callable[[XPathQuery], Any]:
    """What the function of XPath makes of the result."""
    return lambda query: _plain(_found(XPathQuery(query.element, f"{function}({query.path})", query.namespaces)))


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, str) else value


def _with_namespace(query: XPathQuery, *given: Any) -> XPathQuery:
    if len(given) == 1 and isinstance(given[0], dict):
        more = {str(prefix): str(uri) for prefix, uri in given[0].items()}
    elif len(given) == 2:
        more = {str(given[0]): str(given[1])}
    else:
        raise TypeError
    return XPathQuery(query.element, query.path, {**query.namespaces, **more})


XmlElement.methods = {
    "name": _local,
    "namespace": _namespace,
    "prefix": lambda element: element.element.prefix,
    "hasNamespace": lambda element, uri: _namespace(element) == _text(uri),
    "hasPrefix": lambda element, prefix: element.element.prefix == _text(prefix),
    "attr": lambda element, name: _attribute(element, None, name),
    "attrNs": _attribute,
    "hasAttr": lambda element, name: _has_attribute(element, str(name)),
    "hasAttrNs": lambda element, namespace, name: _has_attribute(element, _attribute_name(namespace, name)),
    "attrs": _attributes,
    "attrNames": lambda element, *given: [_qualified(one).localname for one in _attributes(element, *given)],
    "childElement": _child,
    "childElements": _children,
    "textContent": _content,
    "xPath": _query,
    "toString": str,
    "unwrap": lambda element: element,
}
XmlAttribute.methods = {
    "name": lambda attribute: _qualified(attribute).localname,
    "namespace": lambda attribute: _qualified(attribute).namespace,
    "hasNamespace": lambda attribute, uri: _qualified(attribute).namespace == _text(uri),
    "value": lambda attribute: attribute.value,
    "ownerElement": lambda attribute: XmlElement(attribute.owner),
    "toString": str,
    "unwrap": lambda attribute: attribute.value,
}
XPathQuery.methods = {
    "ns": _with_namespace,
    "element": _first(XmlElement, "element"),
    "elementList": _all(XmlElement, "element"),
    "attribute": _first(XmlAttribute, "attribute"),
    "attributeList": _all(XmlAttribute, "attribute"),
    "string": _as("string"),
    "number": _as("number"),
    "boolean": _as("boolean"),
    "toString": str,
}
METHODS = frozenset().union(XmlElement.methods, XmlAttribute.methods, XPathQuery.methods)
