"""Agents that work, with their boxes, on the machines of a cluster; whoever started the run asks the model for them."""
