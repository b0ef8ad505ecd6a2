"""Room for the calls of a request, all in one piece of memory."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

Answer = Callable[[HttpRequest], HttpResponseBase]

# In places of eight bytes, each for one value of a call: 264 KB. CPython doubles a piece of 16 KiB until the call fits.
PLACES = 33_000


def with_room(answer: Answer) -> Answer:
    """A middleware behind which all that is called has room beside it: 248 KiB, about a thousand calls deep.

    CPython keeps what is being called in pieces of 16 KiB. A call that does not fit into the last one asks the system
    for the next, and gives it back when it returns: that takes 300 times as long as the call. A page whose many small
    calls happen to lie at such an edge took up to twice its time. A call that needs many places gets a larger piece,
    of which those below it have the rest.
    """

    def roomy(request: HttpRequest) -> HttpResponseBase:
        return answer(request)

    roomy.__code__ = roomy.__code__.replace(co_stacksize=PLACES)
    return roomy
