"""What the ledger costs against the same statements without it, on both engines."""
