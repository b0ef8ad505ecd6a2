"""``manage.py export_corrections``: what people decided on attributions, as marked stories to learn from."""

from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from claims.extraction import marks
from claims.models.articles import Article
from claims.models.claims import Attribution, AttributionSource, Decision
from claims.models.desks import Desk
from claims.rules.attributions import tidied
from claims.services import claims

# What separates entities and facts in a story's file.
SEPARATORS = str.maketrans(";|", ",,")


class LeftOut(Exception):  # noqa: N818 - it names what happened
    """Why an article is not written. ``kind`` is what the summary counts."""

    def __init__(self, kind: str, details: str = "") -> None:
        super().__init__(f"{kind}: {details}" if details else kind)
        self.kind = kind


class Command(BaseCommand):
    help = (
        "Writes each article of a desk whose attributions were all decided on by people as a marked story, for "
        "train_extraction --corpus. What was rejected is left out; what was confirmed, corrected or added goes in."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--desk", required=True, metavar="SLUG")
        parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="made when it is not there")
        parser.add_argument(
            "--partial",
            action="store_true",
            help="also articles with some decisions; what nobody decided on then looks as if nobody had said it",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        desk = Desk.objects.filter(slug=options["desk"]).first()
        if desk is None:
            known = ", ".join(Desk.objects.order_by("slug").values_list("slug", flat=True))
            raise CommandError(f"There is no desk “{options['desk']}”. There are: {known or 'none'}.")
        out: Path = options["out"]
        written, left_out = 0, Counter[str]()
        try:
            out.mkdir(parents=True, exist_ok=True)
            for article in Article.objects.filter(desk=desk).select_related("desk").order_by("pk").iterator():
                try:
                    story = written_story(article, partial=options["partial"])
                except LeftOut as reason:
                    left_out[reason.kind] += 1
                    self.stderr.write(f"article {article.pk} left out: {reason}")
                    continue
                (out / f"{desk.slug}-{article.pk}.txt").write_text(story, "utf-8", newline="\n")
                written += 1
        except OSError as error:
            raise CommandError(f"{out}: {error}") from error
        self.stdout.write(f"{written} written to {out}, {left_out.total()} left out")
        for kind, count in left_out.most_common():
            self.stdout.write(f"{count:7d} {kind}")


def written_story(article: Article, *, partial: bool) -> str:
    """The article as a marked story that reads back as the same; raises LeftOut."""
    revision = article.revisions.order_by("-number").first()
    rows = list(Attribution.objects.filter(revision=revision).order_by("pk"))
    undecided = sum(row.decision == Decision.UNSEEN for row in rows)
    if revision is None or undecided == len(rows):
        raise LeftOut("nothing was decided on")
    if undecided and not partial:
        raise LeftOut("not everything was decided on", f"{undecided} of {len(rows)} attributions are open")
    published = article.published_at or article.submitted_at
    story = marks.Story(
        title=_line(article.title) or f"article {article.pk}",
        kind="other",
        style=_line(f"corrections of {article.desk}"),
        published_on=published.date(),
        # The written form ends a story with its last word.
        text=revision.text.rstrip("\n "),
        attributions=_marked([row for row in rows if row.stands and row.decision != Decision.UNSEEN], revision.text),
    )
    written = marks.write(story)
    try:
        again = marks.read(written)
    except marks.MarkError as error:
        raise LeftOut("cannot be written with marks", str(error)) from error
    if (again.text, again.attributions) != (story.text, story.attributions):
        raise LeftOut("cannot be written with marks", "it would read back as something else")
    return written


def _marked(rows: list[Attribution], text: str) -> list[marks.Marked]:
    """The attributions numbered in the order of the text."""
    spans = claims.spans_of([row.pk for row in rows])
    rows = sorted(rows, key=lambda row: (spans[row.pk].cue or spans[row.pk].content, row.pk))
    numbers = {row.pk: number for number, row in enumerate(rows, start=1)}
    named = _confirmed_sources(rows)
    return [
        marks.Marked(
            numbers[row.pk],
            source=list(tidied(text, spans[row.pk].source)),
            cue=list(tidied(text, spans[row.pk].cue)),
            content=list(tidied(text, spans[row.pk].content)),
            stance=row.stance,  # type: ignore[arg-type]  # held by a constraint
            entities=named.get(row.pk) or [name for name in [_entity(row.source_entity)] if name],
            responds_to=numbers.get(row.responds_to_id) if row.responds_to_id else None,
            channel=_line(row.channel) or None,
            narrator=row.narrator,  # type: ignore[arg-type]  # held by a constraint
            said_on=row.said_on,
        )
        for row in rows
    ]


def _confirmed_sources(rows: list[Attribution]) -> dict[int, list[str]]:
    """Names of the register that a person confirmed, by attribution."""
    links = AttributionSource.objects.filter(attribution__in=rows, confirmed_by__isnull=False)
    named: dict[int, list[str]] = {}
    for link in links.select_related("source__merged_into").order_by("pk"):
        named.setdefault(link.attribution_id, []).append(_entity(link.source.followed.name))
    return named


def _entity(name: str) -> str:
    return _line(name).translate(SEPARATORS)


def _line(words: str) -> str:
    return " ".join(words.split())
