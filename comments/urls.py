from django.urls import path
from django.views.decorators.http import conditional_page, require_safe

from backsite.lib.pagecache import cacheable

from .feeds import CommentFeed
from .views import following, own, posting, reading, reporting

app_name = "comments"

kept = cacheable("articles", "comments")
atom, rss = (kept(conditional_page(require_safe(CommentFeed(rss=rss)))) for rss in (False, True))

urlpatterns = [
    path("<int:pk>/", reading.comment, name="comment"),
    path("find/", reading.find, name="find"),
    path("on/<int:article_id>/", posting.submit, name="submit"),
    path("<int:pk>/reply/", posting.reply, name="reply"),
    path("<int:pk>/report/", reporting.report, name="report"),
    path("<int:pk>/reported/", reporting.reported, name="reported"),
    path("held/<str:token>/", posting.held, name="held"),
    path("<int:pk>/yours/", own.ask, name="ask_link"),
    path("own/<str:token>/", own.own, name="own"),
    path("follow/<str:token>/", following.confirm, name="confirm"),
    path("mute/<str:token>/", following.mute, name="mute"),
    path("mute-all/<str:token>/", following.mute_all, name="mute_all"),
    path("feed/", atom, name="feed"),
    path("feed/rss/", rss, name="feed_rss"),
    path("on/<int:article_id>/feed/", atom, name="article_feed"),
    path("on/<int:article_id>/feed/rss/", rss, name="article_feed_rss"),
]
