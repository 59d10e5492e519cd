"""What every route's description leaves to the framework: the refusals that a JSON body of any kind can meet."""

from typing import Any

from fastapi import FastAPI

#: Not JSON at all, and too much of it: refused before any route looks at the request.
OF_BODIES = {"400": "malformed_json", "413": "body_too_large"}
PROBLEM = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


class DescribedApi(FastAPI):
    """An application whose OpenAPI document names every answer there is."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if self.openapi_schema is None:
            _name_refusals_of_bodies(super().openapi())
        assert self.openapi_schema is not None
        return self.openapi_schema


def _name_refusals_of_bodies(document: dict[str, Any]) -> None:
    for operations in document["paths"].values():
        for operation in operations.values():
            if "application/json" in operation.get("requestBody", {}).get("content", {}):
                for status, code in OF_BODIES.items():
                    operation["responses"].setdefault(status, {"description": f"`{code}`", "content": PROBLEM})
