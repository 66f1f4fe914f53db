"""The web page: what the API answers, for people. Templates and words lie in `templates`."""
