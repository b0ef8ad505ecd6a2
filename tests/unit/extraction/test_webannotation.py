"""W3C Web Annotations of spans."""

import base64
import hashlib

from hypothesis import given
from hypothesis import strategies as st

from claims.extraction import webannotation
from claims.extraction.pipeline import extract

TEXT = "\n😀 Ada Holm said beds were short. “Nobody helps,” she told reporters, and left.\n"


@given(st.text(min_size=1), st.data())
def test_selectors_lead_back_to_the_span(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    quote, position = webannotation.selectors(text, start, end)
    assert text[position["start"] : position["end"]] == quote["exact"]
    assert (position["start"], position["end"]) == (start, end)
    whole = quote["prefix"] + quote["exact"] + quote["suffix"]
    assert text[start - len(quote["prefix"]) :].startswith(whole)
    assert len(quote["prefix"]) == min(start, webannotation.AROUND)
    assert len(quote["suffix"]) == min(len(text) - end, webannotation.AROUND)


def test_every_span_of_an_extraction_is_one_annotation_with_its_tags() -> None:
    found = extract(TEXT, model=None).as_json()
    source = webannotation.content_address(found["text_sha256"])
    page = webannotation.page(TEXT, found["attributions"], source=source, sha256=found["text_sha256"])
    assert (page["@context"], page["type"]) == ("http://www.w3.org/ns/anno.jsonld", "AnnotationPage")
    assert len({item["id"] for item in page["items"]}) == len(page["items"])
    told = [
        (item["body"][0]["value"], item["body"][1]["value"], item["target"]["selector"][0]["exact"])
        for item in page["items"]
    ]
    assert told == [
        (role, row["id"], span["text"])
        for row in found["attributions"]
        for role in ("source", "cue", "content")
        for span in row[role]
    ]
    digest = hashlib.sha256(TEXT.encode()).hexdigest()
    assert {item["target"]["state"]["sha256"] for item in page["items"]} == {digest}


def test_a_text_without_an_address_is_named_by_its_hash() -> None:
    """The example of RFC 6920, section 8.1: "Hello World!"."""
    digest = hashlib.sha256(b"Hello World!").hexdigest()
    assert webannotation.content_address(digest) == "ni:///sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk"
    assert len(base64.urlsafe_b64decode("f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk=")) == 32
