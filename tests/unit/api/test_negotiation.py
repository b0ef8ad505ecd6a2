"""The quick way decides as DRF does, whatever a program accepts."""

import pytest
from django.http import Http404
from django.test import RequestFactory
from rest_framework.exceptions import NotAcceptable, NotFound
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer, TemplateHTMLRenderer
from rest_framework.request import Request

from claims.api.negotiation import JsonFirst

ACCEPTED = [
    None,
    "*/*",
    "",
    "application/json",
    "application/json, */*",
    "application/json, text/plain, */*",
    "application/json; indent=4",
    "text/html",
    "text/html, application/json;q=0.5",
    "application/*",
    "image/png",
]


def decided(kind: type[DefaultContentNegotiation], renderers: list[type[BaseRenderer]], request: Request) -> object:
    try:
        renderer, media_type = kind().select_renderer(request, [made() for made in renderers])
    except NotAcceptable:
        return NotAcceptable
    except (NotFound, Http404):  # The same answer, but that the quick way's names the formats there are.
        return NotFound
    return type(renderer), media_type


@pytest.mark.parametrize("accept", ACCEPTED)
@pytest.mark.parametrize("query", ["", "?format=json", "?format=html", "?format=xml"])
@pytest.mark.parametrize(
    "renderers",
    [[JSONRenderer], [JSONRenderer, TemplateHTMLRenderer], [TemplateHTMLRenderer, JSONRenderer]],
    ids=lambda kinds: ",".join(kind.format for kind in kinds),
)
def test_as_the_framework(accept: str | None, query: str, renderers: list[type[BaseRenderer]]) -> None:
    headers = {} if accept is None else {"Accept": accept}
    request = Request(RequestFactory().get(f"/api/v1/desks{query}", headers=headers))
    assert decided(JsonFirst, renderers, request) == decided(DefaultContentNegotiation, renderers, request)


def test_an_unknown_format_is_refused_with_those_there_are() -> None:
    request = Request(RequestFactory().get("/api/v1/desks?format=xml"))
    with pytest.raises(NotFound, match=r"no format “xml” here.*write one of: html, json\."):
        JsonFirst().select_renderer(request, [TemplateHTMLRenderer(), JSONRenderer()])
