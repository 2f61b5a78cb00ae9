"""Who somebody is and what they may do: users, passwords, sessions, roles on subtrees, API keys.

Nouns: user, login name, grant (a role on a subtree), permission, scope, invitation, lockout, API key.
Law: which rows somebody may see is said in one way only, by ``access.scope``.
"""
