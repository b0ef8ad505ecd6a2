"""Writes a text with its nested spans as HTML. Everything that came from outside is escaped here, nowhere else."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache

from django import template
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from claims.models.articles import Article
from claims.models.publication import AsPublished
from claims.web.highlight import Block, Close, Open, Text, Token, Unseen, named, plain
from claims.web.reading import Handle

register = template.Library()


@register.filter
def seen(value: object) -> SafeString:
    """Words from outside, such as a headline or a name, with every invisible character shown by name.

    A list of them is parted by commas; Django's own join has escaped them already.
    """
    return _seen(", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value))


# The same few names stand on every card of a text.
@lru_cache(maxsize=1024)
def _seen(words: str) -> SafeString:
    pieces = (escape(piece.text) if isinstance(piece, Text) else _named(piece) for piece in plain(words))
    return mark_safe("".join(pieces))  # noqa: S308 - every piece was escaped


@register.filter
def apart(value: object) -> SafeString:
    """The same, isolated: a name from right to left turns nothing around that stands beside it or in its sentence."""
    several = value if isinstance(value, list | tuple) else [value]
    return format_html_join(", ", "<bdi>{}</bdi>", ((seen(each),) for each in several))


@register.filter
def headline(article: Article | AsPublished) -> str:
    """What to call an article: its headline, else the address that it is to come from."""
    return article.title or article.url or str(article)


@register.filter("named")
def in_bare_words(value: object) -> str:
    """The same where no markup can stand, as in the title of a page."""
    return named(str(value))


@register.filter
def named_apart(value: object) -> str:
    """The same, isolated by two characters where there can be no bdi, as in a drawing."""
    return f"\u2068{named(str(value))}\u2069"


@register.simple_tag
def article_text(
    blocks: Iterable[Block],
    current: Collection[int] = (),
    offset: int = 0,
    handles: Mapping[int | str, Handle] | None = None,
    hidden: Collection[int] = (),
) -> SafeString:
    """The paragraphs of an article; the spans of the attributions in ``current`` stand out, those ``hidden`` are plain.

    Each attribution has one element with the anchor ``a-<id>``: its first content span, or its handle, which leads to
    its card in the margin. ``offset`` is where the blocks begin in the whole text: each paragraph carries its own
    offset there in code points (data-start), each marked stretch its attribution (data-attribution) and its role in it
    (data-role).
    """
    marks = _Marks(frozenset(current), frozenset(hidden), handles)
    out: list[str] = []
    for block in blocks:
        body = "".join(marks.written(_within(block)))
        out.append(format_html('<p dir="auto" data-start="{}">', block.start + offset) + body + "</p>\n")
    # Every piece was escaped by _Marks; what remains is markup of this module.
    return mark_safe("".join(out))  # noqa: S308


def _within(block: Block) -> Iterator[Token]:
    """The tokens up to the blank lines that part this paragraph from the next: the page shows those as space."""
    for token in block.tokens:
        if isinstance(token, Open | Close):
            yield token
        elif token.start < block.body_end:
            inside = token.text[: block.body_end - token.start]
            yield Text(token.start, inside, token.covering) if isinstance(token, Text) else token


class _Marks:
    """Writes tokens as elements; remembers which attributions have their anchor."""

    def __init__(
        self,
        current: frozenset[int | str],
        hidden: frozenset[int | str],
        handles: Mapping[int | str, Handle] | None,
    ) -> None:
        self.current, self.hidden, self.handles = current, hidden, handles
        self.anchored: set[int | str] = set()

    def written(self, tokens: Iterable[Token]) -> Iterator[str]:
        closing: list[str] = []
        for token in tokens:
            if isinstance(token, Open):
                name, attributes = self._element(token)
                closing.append(f"</{name}>")
                yield f"<{name} {attributes}>"
            elif isinstance(token, Close):
                yield closing.pop()
            elif isinstance(token, Text):
                yield escape(token.text)
            else:
                yield _named(token)

    def _element(self, token: Open) -> tuple[str, str]:
        span, whose = token.span, escape(token.span.attribution)
        name = "mark" if span.attribution in self.current else "span"
        classes = f"s s-{span.role}" + (" is-current" if name == "mark" else "")
        out = span.attribution in self.hidden
        more = ""
        if self._anchors(token):
            self.anchored.add(span.attribution)
            more = f' id="a-{whose}"'
            handle = self.handles.get(span.attribution) if self.handles else None
            if handle:
                name = "a" if handle.leaf else name
                more += f' href="#{handle.card}"' if handle.leaf else ""
                more += ' tabindex="-1"' if out or not handle.leaf else ""
                more += f' data-key-row aria-describedby="d-{whose}"'
        classes += " is-out" if out else ""
        return name, f'class="{classes}" data-attribution="{whose}" data-role="{span.role}"{more}'

    def _anchors(self, token: Open) -> bool:
        """Whether this element is the one of its attribution to which links lead."""
        span = token.span
        if span.attribution in self.anchored:
            return False
        if self.handles is None:
            return span.role == "content"
        handle = self.handles.get(span.attribution)
        return handle is not None and (handle.start, handle.role) == (token.start, span.role)


def _named(piece: Unseen) -> SafeString:
    """The character stays in the page, for copying and for offsets; isolated, it reorders nothing around it."""
    return format_html(
        '<bdi class="unseen" data-name="{}" title="{}">{}</bdi>', piece.short_name, piece.name, piece.text
    )
