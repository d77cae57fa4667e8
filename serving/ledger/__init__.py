"""The ledger: every decision and its outcome, appended to one chain of hashes and decided again on demand."""
