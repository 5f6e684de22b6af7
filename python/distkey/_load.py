"""JSON into dataclasses."""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from typing import Any, Dict, Type, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


@lru_cache(maxsize=None)
def _hints(of: type) -> Dict[str, Any]:
    return get_type_hints(of)


def load(of: Type[T], value: Dict[str, Any], **more: Any) -> T:
    """A dataclass from an object. Keys that it does not know, as a newer program may write, are left out."""
    hints = _hints(of)
    fields = {}
    for field in dataclasses.fields(of):  # type: ignore[arg-type]
        key = field.metadata.get("key", field.name)
        if key in value:
            fields[field.name] = _value(hints[field.name], value[key])
    fields.update(more)
    return of(**fields)


def _value(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if dataclasses.is_dataclass(kind) and isinstance(value, dict):
        return load(kind, value)  # type: ignore[arg-type]
    origin, inner = get_origin(kind), get_args(kind)
    if origin is list and isinstance(value, list):
        return [_value(inner[0], one) for one in value]
    if origin is dict and isinstance(value, dict):
        return {key: _value(inner[1], one) for key, one in value.items()}
    if origin is Union:
        for one in inner:
            fits = dataclasses.is_dataclass(one) and isinstance(value, dict)
            if fits or get_origin(one) is type(value):
                return _value(one, value)
    return value
