"""The life of an order: validate, prepare, guard, journal, send once, classify, journal, reconcile."""
