"""The time bank: activities, attendance, hours, points and their books (floor 2, stands on ``ledger``)."""
