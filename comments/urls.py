from django.urls import path

from . import views

app_name = "comments"

urlpatterns = [
    path("on/<int:article_id>/", views.submit, name="submit"),
    path("<int:pk>/reply/", views.reply, name="reply"),
    path("held/<str:token>/", views.held, name="held"),
]
