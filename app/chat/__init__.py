"""What the application does, as ordinary single-threaded Python: the session and the list of conversations."""
