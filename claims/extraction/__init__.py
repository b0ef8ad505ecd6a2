"""Text in, attributed claims out: pure Python, no framework, no network, no database."""
