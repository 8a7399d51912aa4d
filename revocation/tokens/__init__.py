"""Raw jwts: from the text that a client sent to claims that a key of its realm has signed. RFC 7515, 7517, 7519 and the advice of RFC 8725.

The judge decides about expiry and revocation; here is decided whose words the claims are.
"""
