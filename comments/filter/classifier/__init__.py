"""The learning classifier: what people decided about comments, applied to new ones.

Two parts judge together. The *counts* (naive Bayes) say how often each feature was seen in
spam and in published comments: they change in the transaction of each decision, and changing
them back is exact. The *line* (a linear support vector machine; one for writers with a website
and one for those without) is drawn anew by the worker from the stored decisions, and knows which
features tell the two apart once the others are known. Each alone is wrong where the other is
right; docs/spam-filter.md has the figures.
"""
