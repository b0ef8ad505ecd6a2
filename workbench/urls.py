"""Every address of the workbench, by door."""

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.i18n import set_language
from drf_spectacular.views import SpectacularAPIView

from claims.api import errors
from workbench import reference

# allauth asks for it when one of its rate limits is reached.
handler429 = "workbench.accounts.lockout.too_many"

urlpatterns = [
    path("api/v1/", include("claims.api.urls")),
    path("", include("workbench.health.urls")),
    path("accounts/", include("workbench.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    # Without a token, so that pages for everybody can be kept: whoever forges this changes the language of a page.
    path("language/", csrf_exempt(set_language), name="set_language"),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", reference.index, name="api-docs"),
    path("api/docs/<slug:name>/", reference.group, name="api-docs-group"),
    re_path("^api/", errors.nowhere),
    path("", include("claims.web.urls")),
]

handler400 = errors.bad_request
handler500 = errors.server_error
