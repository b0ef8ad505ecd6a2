"""The lines of the logs hold no secrets."""

from workbench.logs import without_links


def test_the_secret_of_an_invitation_is_not_in_the_line() -> None:
    secret = "q7" * 21 + "x"
    line = {"request": f"GET /invitations/{secret}/", "event": f"Not Found: /invitations/{secret}/", "code": 404}
    assert without_links(None, "info", dict(line)) == {
        "request": "GET /invitations/…/",
        "event": "Not Found: /invitations/…/",
        "code": 404,
    }


def test_nor_is_it_where_the_address_is_a_part_of_another() -> None:
    line = {"request": f"GET /accounts/login/?next=%2Finvitations%2F{'q7' * 21}x%2F"}
    assert without_links(None, "info", dict(line)) == {"request": "GET /accounts/login/?next=%2Finvitations%2F…"}


def test_the_address_of_a_row_stays() -> None:
    line = {"request": "POST /desks/harbour/invitations/1234567/revoke/"}
    assert without_links(None, "info", dict(line)) == line


def test_a_mail_that_is_only_printed_keeps_its_link() -> None:
    line = {"logger": "celery.redirected", "event": f"http://localhost:8000/invitations/{'q7' * 21}x/"}
    assert without_links(None, "warning", dict(line)) == line
