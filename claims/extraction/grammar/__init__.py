"""The rules: a coarse grammar of English reporting, without a parser and without a model."""
