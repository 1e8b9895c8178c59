package io.sluice.balance;

/**
 * Is told when something was observed of a backend that decides whether it takes requests. Called
 * by the thread that has observed it; must be quick.
 */
public interface FactObserver {
  /** Tells nobody. */
  FactObserver NONE =
      new FactObserver() {
        @Override
        public void healthChanged(Backend backend, Health before, Health after) {}

        @Override
        public void ejectionChanged(Backend backend, Ejection before, Ejection after) {}
      };

  /** Checks give it another state. */
  void healthChanged(Backend backend, Health before, Health after);

  /** An ejection has begun or ended. */
  void ejectionChanged(Backend backend, Ejection before, Ejection after);
}
