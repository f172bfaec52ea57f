"""Reads a WordPress export (WXR 1.0 to 1.2) into this site.

`source` opens the file and refuses what is dangerous, `reader` turns it into `export`
records, `markup` turns WordPress text into clean HTML, `importer` writes our tables and
`report` says what was done. Only `importer` knows Django.
"""
