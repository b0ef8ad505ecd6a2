"""English days and times as the pages write them, in one form everywhere; other languages have Django's own."""

DATE_FORMAT = "j F Y"
DATETIME_FORMAT = "j F Y, H:i"
