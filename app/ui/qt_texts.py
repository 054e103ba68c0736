"""What Qt says by itself, in its file dialog and the menus of its text boxes, in the language of the window."""

from PySide6.QtCore import QLibraryInfo, QTranslator
from PySide6.QtWidgets import QApplication


def show_qt_texts(language: str) -> None:
    """Let Qt speak the language from now on; English needs nothing, and where Qt lacks a language it stays English."""
    app = QApplication.instance()
    if app is None:
        return
    for earlier in app.findChildren(QTranslator, "texts"):
        app.removeTranslator(earlier)
        earlier.setObjectName("")
        earlier.deleteLater()
    if language != "en":
        texts = QTranslator(app)
        texts.setObjectName("texts")
        if texts.load(f"qtbase_{language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
            app.installTranslator(texts)
