from django.urls import path

from workbench.accounts import views

urlpatterns = [
    # Before allauth's own: an address that nobody has confirmed would let a person take one that was invited.
    path("email/", views.no_page),
    path("settings/", views.profile, name="account_settings"),
    path("tokens/", views.index, name="account_tokens"),
    path("tokens/<int:token_id>/revoke/", views.revoke, name="account_token_revoke"),
]
