"""The page: a county seen live, levers that answer at once, and what stands behind each figure.

``yigongti app`` serves it; ``solara run experiments/page/app.py`` does too. Needs the extra
``page``; nothing else of the program imports it.
"""
