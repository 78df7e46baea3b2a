"""Make instances of the patch protocol from repositories of a user's own, and write them in the forms of others."""
