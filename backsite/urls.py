"""All addresses of the site. Pages such as /about/ come last: they match any word."""

from django.contrib import admin
from django.urls import include, path

from backsite import person_pages, sitemaps, views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("comments/", include("comments.urls")),
    path("articles/<slug:slug>/comments/", include("comments.thread_urls")),
    path("newsletter/", include("newsletter.urls")),
    path("your-data/", person_pages.ask_data, name="ask_data"),
    path("your-data/asked/", person_pages.data_asked, name="data_asked"),
    path("your-data/<str:token>/", person_pages.your_data, name="your_data"),
    path("media/<path:name>", views.media, name="media"),
    path("robots.txt", views.robots),
    path("sitemap.xml", sitemaps.index, name="sitemap_index"),
    path("sitemap-<slug:kind>-<int:number>.xml", sitemaps.part, name="sitemap"),
    path("", include("articles.urls")),
]

handler400 = "backsite.views.bad_request"
handler403 = "backsite.views.forbidden"
handler404 = "backsite.views.not_found"
handler500 = "backsite.views.server_error"
