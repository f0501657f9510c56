"""A function that calls itself until the limit."""


def walk(node, depth=0):
    return walk(node["next"], depth + 1)


ring = {}
ring["next"] = ring
walk(ring)
