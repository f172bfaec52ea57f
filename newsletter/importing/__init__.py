"""A list of subscribers from a CSV file of another program, or of this one."""
