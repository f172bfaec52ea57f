"""How an issue leaves: messages cast from one mould, handed over on connections kept open,
each outcome written down before the next message goes out on the same connection.
"""
