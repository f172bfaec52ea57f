from django.urls import path, re_path

from .feeds import author_feed, site_feed, tag_feed, topic_feed
from .views import calls, counting, documents, feedback, preview, reading, search, style

app_name = "articles"

urlpatterns = [
    path("", reading.home, name="home"),
    path("articles/", reading.archive, name="archive"),
    path("articles/<slug:slug>/", reading.article, name="article"),
    path("topics/<slug:slug>/", reading.topic, name="topic"),
    path("tags/<slug:slug>/", reading.tag, name="tag"),
    path("authors/<slug:slug>/", reading.author, name="author"),
    path("feed/", site_feed(), name="feed"),
    path("feed/rss/", site_feed(rss=True), name="feed_rss"),
    path("topics/<slug:slug>/feed/", topic_feed(), name="topic_feed"),
    path("topics/<slug:slug>/feed/rss/", topic_feed(rss=True), name="topic_feed_rss"),
    path("tags/<slug:slug>/feed/", tag_feed(), name="tag_feed"),
    path("tags/<slug:slug>/feed/rss/", tag_feed(rss=True), name="tag_feed_rss"),
    path("authors/<slug:slug>/feed/", author_feed(), name="author_feed"),
    path("authors/<slug:slug>/feed/rss/", author_feed(rss=True), name="author_feed_rss"),
    path("calls/<int:pk>/shown/", calls.shown, name="call_shown"),
    path("calls/<int:pk>/followed/", calls.followed, name="call_followed"),
    path("search/", search.results, name="search"),
    re_path(
        r"^style/(?P<light>[0-9a-f]{6}|none)-(?P<dark>[0-9a-f]{6}|none)/(?P<name>[\w.-]+)\.css\Z",
        style.sheet,
        name="style",
    ),
    path("read/<int:pk>/", counting.read, name="read"),
    path("preview/<str:token>/", preview.preview, name="preview"),
    path("feedback/<int:article_id>/", feedback.receive, name="feedback"),
    path("feedback/<int:article_id>/thanks/", feedback.thanks, name="feedback_thanks"),
    path("api/v1/articles/", documents.articles, name="api_articles"),
    path("api/v1/articles/<int:pk>/", documents.article, name="api_article"),
    path("api/v1/topics/<slug:slug>/", documents.topic, name="api_topic"),
    path("api/v1/tags/<slug:slug>/", documents.tag, name="api_tag"),
    path("api/v1/authors/<slug:slug>/", documents.author, name="api_author"),
    path("<slug:slug>/", reading.page, name="page"),
]
