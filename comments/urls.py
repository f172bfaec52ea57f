from django.urls import path
from django.views.decorators.http import conditional_page

from . import views
from .feeds import CommentFeed

app_name = "comments"

atom, rss = CommentFeed(), CommentFeed(rss=True)

urlpatterns = [
    path("on/<int:article_id>/", views.submit, name="submit"),
    path("<int:pk>/reply/", views.reply, name="reply"),
    path("held/<str:token>/", views.held, name="held"),
    path("feed/", conditional_page(atom), name="feed"),
    path("feed/rss/", conditional_page(rss), name="feed_rss"),
    path("on/<int:article_id>/feed/", conditional_page(atom), name="article_feed"),
    path("on/<int:article_id>/feed/rss/", conditional_page(rss), name="article_feed_rss"),
]
