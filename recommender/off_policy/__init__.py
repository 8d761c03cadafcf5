"""What a policy would have been worth on decisions that another policy took and logged with their chances."""
