"""The only room that holds the ledger's pen: one function per event, and the chart of accounts as functions.

Law: every posting names its key, its subject and the rule that it follows; nothing else in the house posts."""
