package io.sluice.process;

/** Where in its life the process stands; it only moves forward. */
enum LifecyclePhase {
  /** Takes traffic. */
  SERVING,
  /** Readiness is down, so that load balancers in front turn away; listeners still accept. */
  LAME_DUCK,
  /** Listeners are closed; requests in flight finish. */
  DRAINING,
  /** Everything is closed. */
  STOPPED
}
