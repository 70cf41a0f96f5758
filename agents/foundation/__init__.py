"""On what all agents of yigongti stand: draws, exact arithmetic, money, records, sets."""
