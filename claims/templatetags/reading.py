"""Writes a text with its nested spans as HTML. Everything that came from outside is escaped here, nowhere else."""

from collections.abc import Collection, Iterable, Iterator

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from claims.models.articles import Article
from claims.web.highlight import Block, Close, Open, Text, Token, Unseen, named, plain

register = template.Library()


@register.filter
def seen(value: object) -> SafeString:
    """Words from outside, such as a headline or a name, with every invisible character shown by name."""
    pieces = (escape(piece.text) if isinstance(piece, Text) else _named(piece) for piece in plain(str(value)))
    return mark_safe("".join(pieces))  # noqa: S308 - every piece was escaped


@register.filter
def headline(article: Article) -> str:
    """What to call an article: its headline, else the address that it is to come from."""
    return article.title or article.url or str(article)


@register.filter("named")
def in_bare_words(value: object) -> str:
    """The same where no markup can stand, as in the title of a page."""
    return named(str(value))


@register.simple_tag
def article_text(blocks: Iterable[Block], current: Collection[int] = (), offset: int = 0) -> SafeString:
    """The paragraphs of an article; the spans of the attributions in ``current`` stand out.

    The first content span of each attribution carries the anchor ``a-<id>``, for the cards in the margin. ``offset`` is
    where the blocks begin in the whole text: each paragraph carries its own offset there in code points (data-start),
    each marked stretch its attribution (data-attribution) and its role in it (data-role).
    """
    anchored: set[int | str] = set()
    out: list[str] = []
    for block in blocks:
        body = "".join(_written(_within(block), frozenset(current), anchored))
        out.append(format_html('<p dir="auto" data-start="{}">', block.start + offset) + body + "</p>\n")
    # Every piece was escaped by _written; what remains is markup of this module.
    return mark_safe("".join(out))  # noqa: S308


def _within(block: Block) -> Iterator[Token]:
    """The tokens up to the blank lines that part this paragraph from the next: the page shows those as space."""
    for token in block.tokens:
        if isinstance(token, Open | Close):
            yield token
        elif token.start < block.body_end:
            inside = token.text[: block.body_end - token.start]
            yield Text(token.start, inside, token.covering) if isinstance(token, Text) else token


def _written(tokens: Iterable[Token], current: frozenset[int | str], anchored: set[int | str]) -> Iterator[str]:
    closing: list[str] = []
    for token in tokens:
        if isinstance(token, Open):
            name = "mark" if token.span.attribution in current else "span"
            closing.append(f"</{name}>")
            yield _opening(token, name, anchored)
        elif isinstance(token, Close):
            yield closing.pop()
        elif isinstance(token, Text):
            yield escape(token.text)
        else:
            yield _named(token)


def _named(piece: Unseen) -> SafeString:
    """The character stays in the page, for copying and for offsets; isolated, it reorders nothing around it."""
    return format_html(
        '<bdi class="unseen" data-name="{}" title="{}">{}</bdi>', piece.short_name, piece.name, piece.text
    )


def _opening(token: Open, name: str, anchored: set[int | str]) -> str:
    span = token.span
    classes = f"s s-{span.role}" + (" is-current" if name == "mark" else "")
    anchor = ""
    if span.role == "content" and span.attribution not in anchored:
        anchored.add(span.attribution)
        anchor = f' id="a-{escape(span.attribution)}"'
    return f'<{name} class="{classes}" data-attribution="{escape(span.attribution)}" data-role="{span.role}"{anchor}>'
