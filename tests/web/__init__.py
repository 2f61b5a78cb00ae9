"""The frame and the face: filters, icons, words, macros."""
