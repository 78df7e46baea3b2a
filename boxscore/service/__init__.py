"""Give verdicts over HTTP: `make_app` puts one warm `Grader` behind the routes that agents and trainers call."""
