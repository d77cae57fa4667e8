"""The Czech bank of PKDD'99: from its raw export to a decided list."""
