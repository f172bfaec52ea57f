from django.urls import path

from . import webhooks
from .views import archive, books, joining, leaving, measured, moving, preferences

app_name = "newsletter"

urlpatterns = [
    path("", joining.sign_up, name="sign_up"),
    path("check-your-inbox/", joining.check_inbox, name="check_inbox"),
    path("confirm/<str:token>/", joining.confirm, name="confirm"),
    path("preferences/", preferences.ask_link, name="ask_link"),
    path("preferences/asked/", preferences.link_asked, name="link_asked"),
    path("preferences/<str:token>/", preferences.preferences, name="preferences"),
    path("move/<str:token>/", moving.move, name="move"),
    path("stay/<str:token>/", moving.stay, name="stay"),
    path("leave/<str:token>/", leaving.leave, name="leave"),
    path("leave/<str:token>/why/", leaving.why, name="why"),
    path("letters/", archive.letters, name="letters"),
    path("letters/feed/", archive.feed, name="letters_feed"),
    path("letters/<int:pk>/", archive.letter, name="letter"),
    path("letters/<int:pk>/<str:token>/", archive.letter_of_reader, name="letter_of_reader"),
    path("books/<slug:slug>/", books.offer, name="book_offer"),
    path("book/<str:token>/", books.book, name="book_of_old_link"),
    path("book/<str:token>/<slug:slug>/", books.book, name="book"),
    path("book/<str:token>/<slug:slug>/opened/", books.opened, name="book_opened"),
    path("book/<str:token>/<slug:slug>/file/", books.file, name="book_file"),
    path("to/<str:token>/<str:mark>/", measured.to, name="to"),
    path("seen/<str:token>/<str:mark>/", measured.seen, name="seen"),
    path("webhooks/<slug:provider>/", webhooks.webhook, name="webhook"),
]
