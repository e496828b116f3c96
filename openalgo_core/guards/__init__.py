"""Guards: small plugins that may object to an order. The built-in ones use the same hooks as anybody's."""
