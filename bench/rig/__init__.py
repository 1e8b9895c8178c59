"""The comparison rig: proxies side by side under one load, measured by the CPU time they take."""
