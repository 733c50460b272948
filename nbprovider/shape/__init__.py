"""What an answer must be: any description of data → a JSON schema, and words → a value of it.

A description is a class (dataclass, TypedDict, msgspec, attrs, pydantic), a type such as
`list[City]`, a JSON schema, fields with their types, or a text such as `name:str, age:int`.
"""

from nbprovider.shape.shape import Shape, shape

__all__ = ["Shape", "shape"]
