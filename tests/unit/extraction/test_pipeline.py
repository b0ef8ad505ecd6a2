"""The one entry: spans point into the text exactly as given."""

from claims.extraction.pipeline import extract


def test_one_sentence_yields_source_cue_and_content() -> None:
    (found,) = extract("The mayor said the bridge would open in May.").attributions
    assert [span.text for span in found.source] == ["The mayor"]
    assert [span.text for span in found.cue] == ["said"]
    assert [span.text for span in found.content] == ["the bridge would open in May"]
