"""What programs call: the results and findings of the command line as values, and nothing printed."""
