"""How a program signs in: ``Authorization: Bearer wb_…`` (RFC 6750)."""

from typing import Any

from django.http import HttpRequest
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from workbench.accounts import tokens
from workbench.accounts.models import ApiToken, User

SCHEME = "Bearer"
REFUSED = "This token is unknown, expired or revoked. Draw a new one under your account."


def secret_of(request: HttpRequest) -> str | None:
    """The bearer token that the request carries; None when it carries none."""
    scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return secret.strip() if scheme.lower() == SCHEME.lower() else None


def token_of(request: HttpRequest) -> ApiToken | None:
    """The token that signs the request in. Looked up once for each request, whoever asks first."""
    if not hasattr(request, "_api_token"):
        secret = secret_of(request)
        request._api_token = tokens.find(secret) if secret is not None else None  # type: ignore[attr-defined]  # kept with the request
    found: ApiToken | None = request._api_token  # type: ignore[attr-defined]  # see above
    return found


class BearerAuthentication(BaseAuthentication):
    """Signs in the owner of a living token; ``request.auth`` is the token, with its scopes."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        if secret_of(request._request) is None:
            return None
        token = token_of(request._request)
        if token is None:
            raise AuthenticationFailed(REFUSED, code="invalid_token")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        wrong = secret_of(request._request) is not None
        return f'{SCHEME} realm="api"' + (', error="invalid_token"' if wrong else "")


class BearerScheme(OpenApiAuthenticationExtension):
    """The same in the OpenAPI description."""

    target_class = BearerAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A token drawn under “My tokens”, such as wb_…."}
