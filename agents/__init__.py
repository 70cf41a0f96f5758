"""Who lives in the county of yigongti: one module a kind of agent."""
