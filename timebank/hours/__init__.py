"""Attendance as evidence, and the service records that are paid for it.

Nouns: attendance (from when to when, by which means), service record (confirmed minutes), proof grade.
Law: nobody makes hours alone: recorder, approver and beneficiary differ, in the database as in the page.
"""
