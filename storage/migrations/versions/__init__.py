"""One file a revision; its name starts with the revision, v0001 the first."""
