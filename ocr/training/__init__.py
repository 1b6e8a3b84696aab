"""Training of the digit recogniser.  Needs setup/requirements-train.in; nothing outside this package imports it."""
