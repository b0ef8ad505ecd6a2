"""``/livez``: this process answers. ``/readyz``: every part, as JSON; 503 when no page could be served."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from workbench.health.checks import Status, readiness


@never_cache
@require_safe
def livez(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "alive"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 while pages can be served (``ready``, or ``degraded`` with the reason), 503 with the reason otherwise."""
    state = readiness()
    return JsonResponse(state.as_json(), status=503 if state.status is Status.UNAVAILABLE else 200)
