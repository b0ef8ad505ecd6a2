"""Writes once for a page what many things on it show alike: a text has hundreds of cards with the same few words."""

from collections.abc import Sequence
from typing import cast

from django import template
from django.template import Context, Node, NodeList
from django.template.base import FilterExpression, Parser, Token

register = template.Library()


@register.tag
def once(parser: Parser, token: Token) -> "OnceNode":
    """``{% once %}…{% endonce %}`` is rendered where it first occurs on a page, and written again as it was then.

    ``{% once value … %}`` is rendered once for each value. What stands within may depend on nothing else that differs
    within the page: words to translate and names of states do, but not the number of a card.
    """
    values = [parser.compile_filter(bit) for bit in token.split_contents()[1:]]
    within = parser.parse(("endonce",))
    parser.delete_first_token()
    return OnceNode(values, within)


class OnceNode(Node):
    """Keeps what it wrote where Django's own include keeps its templates: as long as the page is being written."""

    child_nodelists = ("within",)

    def __init__(self, values: Sequence[FilterExpression], within: NodeList) -> None:
        self.values, self.within = values, within

    def render(self, context: Context) -> str:
        # The stubs of Django know this only as the place of an include's templates.
        page = cast("dict[OnceNode, dict[tuple[object, ...], str]]", context.render_context.dicts[0])
        written = page.setdefault(self, {})
        values = tuple([value.resolve(context) for value in self.values])
        if values not in written:
            written[values] = self.within.render(context)
        return written[values]
