"""Work outside of requests: import, train, attribute, measure, evaluate, replay, erase."""
