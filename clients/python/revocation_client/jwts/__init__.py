"""Raw jwts: from the text that a client sent to claims that a key has signed. RFC 7515, 7517, 7519 and the advice of RFC 8725.

`keys` needs the extra `revocation-client[jwt]`; the rest needs nothing.
"""
