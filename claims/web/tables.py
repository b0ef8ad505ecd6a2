"""Tables as files that spreadsheets open."""

import csv
from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse

# How a spreadsheet knows a formula; a name that begins so would be run when the file is opened.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(name: str, rows: Iterable[Iterable[Any]]) -> HttpResponse:
    """The rows, headings first, as a download of this name without its ending."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    csv.writer(answer).writerows(rows)
    return answer


def harmless(name: str) -> str:
    return f"'{name}" if name.startswith(FORMULA) else name
