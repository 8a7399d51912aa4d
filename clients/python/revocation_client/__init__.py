"""Client of the revocation service.

`revocation_client.v1` holds the generated stubs; `revocation_client.judgement` holds the rules that decide which tokens are still good.
"""
