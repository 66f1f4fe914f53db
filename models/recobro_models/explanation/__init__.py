"""Why: contributions of features become sentences with the debtor's own numbers, in Spanish, Portuguese and English."""
