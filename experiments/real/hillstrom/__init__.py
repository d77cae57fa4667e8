"""The e-mail experiment of MineThatData (Hillstrom 2008): 64,000 customers in three randomised arms."""
