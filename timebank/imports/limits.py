"""How much of a file is read. A register of a whole county stays far below these."""

MEGABYTE = 1024 * 1024
MAX_FILE_BYTES = 20 * MEGABYTE
# A packed workbook may unpack to this and no more: a zip bomb of 20 MB unpacks to gigabytes.
MAX_UNPACKED_BYTES = 300 * MEGABYTE
MAX_PARTS = 2_000
MAX_ROWS = 100_000
# Columns beyond this are not read; a formatted row otherwise has 16,384 empty cells.
MAX_COLUMNS = 100
