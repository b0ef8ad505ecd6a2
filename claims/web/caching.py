"""Pages for everybody, kept for a moment by caches on the way to readers; what one person sees never is."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers, set_response_etag

# A retraction is seen by everybody after as many seconds at most.
KEPT = 60

View = Callable[..., HttpResponse]


def public(view: View) -> View:
    """For visitors a cache on the way may keep the page for a minute; a browser asks, and the ETag spares an answer.

    What a signed-in person gets, or whoever is shown a message, has their own words in it and is kept by nobody.
    """

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        anybodys = not request.user.is_authenticated and not len(messages.get_messages(request))
        response = view(request, *args, **kwargs)
        if response.status_code != 200:
            return response
        if not anybodys:
            patch_cache_control(response, private=True, no_cache=True)
            return response
        patch_cache_control(response, public=True, max_age=0, s_maxage=KEPT)
        patch_vary_headers(response, ["Cookie", "Accept-Language"])
        set_response_etag(response)
        return get_conditional_response(request, etag=response.headers["ETag"], response=response) or response

    return answered
