"""What happens in the county of yigongti: model, month, network, payment, ledger, indicators."""
