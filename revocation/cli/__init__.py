"""The command `revocation`: each module holds commands that belong together; `app` puts them in their places."""
