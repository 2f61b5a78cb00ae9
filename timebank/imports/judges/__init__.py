"""Judges a register row by row: a table and what is known already in, accepted values and rejections out.

Pure. A row gets one rejection, for the first column at fault in the order of the register's fields.
Only accepted rows count for those below: a repetition of a rejected row is no duplicate.
"""
