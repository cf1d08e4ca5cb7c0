"""What the ledger adds up to: shifts and reports, what may still come back, receipts; pure folds over entries."""
