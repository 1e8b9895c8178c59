package io.sluice.admin;

/**
 * A backend's line in a table, every figure as it is shown.
 *
 * @param adminState what is wanted of it: ready, drain or maint
 * @param success share of requests
 * @param failing whether that share is one to look at
 * @param p50 in milliseconds, as the others
 * @param spark requests a second of 15 minutes
 * @param check what the last check has found
 * @param failed whether that is something bad
 */
record BackendRow(
    String pool,
    String id,
    String address,
    String adminState,
    ShownState state,
    String weight,
    String rps,
    String success,
    boolean failing,
    String p50,
    String p95,
    String p99,
    String active,
    Sparkline spark,
    String check,
    boolean failed) {

  /** How bulk forms name it. */
  public String key() {
    return pool + "/" + id;
  }

  /** Whether its line is drawn quietly: it takes no traffic. */
  public boolean resting() {
    return state.kind() != ShownState.Kind.UP;
  }
}
