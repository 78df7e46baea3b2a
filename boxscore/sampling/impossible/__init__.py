"""Instances whose tests contradict their statement: whoever passes one did not do what was asked."""
