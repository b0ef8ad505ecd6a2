"""What is kept of a page or a file, as a WARC file that every web archive can read (ISO 28500)."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from urllib.parse import quote

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from claims import egress


def warc_of(answer: egress.Fetched) -> bytes:
    """The answer as a gzipped WARC 1.1 file with one response record (ISO 28500)."""
    headers = StatusAndHeaders(f"{answer.status} ", [("Content-Type", answer.content_type)], protocol="HTTP/1.1")
    return _warc(answer.final_url, "response", answer.body, answer.fetched_at, http_headers=headers)


def warc_of_file(name: str, content: bytes) -> bytes:
    """A file as a gzipped WARC 1.1 file with one resource record; its address is its bare name as a file: URI."""
    address = f"file:///{quote(name)}"
    return _warc(address, "resource", content, datetime.now(UTC), warc_content_type="application/octet-stream")


def _warc(address: str, kind: str, body: bytes, at: datetime, **details: Any) -> bytes:
    out = BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version="WARC/1.1")
    date = {"WARC-Date": at.strftime("%Y-%m-%dT%H:%M:%SZ")}
    made = writer.create_warc_record(address, kind, payload=BytesIO(body), warc_headers_dict=date, **details)
    writer.write_record(made)
    return out.getvalue()
