"""`tms backup` and `tms restore`: the database of one moment and its files, in a folder either database takes back."""
