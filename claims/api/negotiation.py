"""Which form an answer has: JSON, unless a program asks for what a view has besides."""

from collections.abc import Iterable
from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request

JSON = JSONRenderer.media_type
# What nearly all programs send, if they send anything.
ANYTHING = frozenset({"*/*", JSON, f"{JSON}, */*", f"{JSON}, text/plain, */*"})


class JsonFirst(DefaultContentNegotiation):
    """As DRF decides, without its reading of the header where that can only lead to JSON."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        asked = request._request
        first, accepted = next(iter(renderers)), asked.META.get("HTTP_ACCEPT", "*/*")
        plain = accepted in ANYTHING and format_suffix is None and self.settings.URL_FORMAT_OVERRIDE not in asked.GET
        if plain and type(first) is JSONRenderer:
            return first, JSON
        chosen: tuple[Any, str] = super().select_renderer(request, renderers, format_suffix)
        return chosen

    def filter_renderers(self, renderers: Iterable[BaseRenderer], format: str) -> list[BaseRenderer]:
        """Those of the ``format`` that was asked for; raises NotFound, with what there is, where there is none."""
        found = [renderer for renderer in renderers if renderer.format == format]
        if not found:
            known = ", ".join(sorted({str(renderer.format) for renderer in renderers}))
            raise NotFound(f"There is no format “{format[:20]}” here. Leave it out, or write one of: {known}.")
        return found
