from django.urls import path

from workbench.accounts import views

urlpatterns = [
    path("tokens/", views.index, name="account_tokens"),
    path("tokens/<int:token_id>/revoke/", views.revoke, name="account_token_revoke"),
]
