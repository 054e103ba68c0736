"""The command line, over the same chat package as the window; Qt is never loaded here."""
